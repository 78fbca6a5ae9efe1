/** The query of a monitor: conditions one at a time, or JSON when it says more than they can. */
import { useId, useState } from "react";
import { Button } from "@/design/Button";
import { Select, TextArea, TextField } from "@/design/Field";
import { Icon } from "@/design/Icon";
import { conditionOf, type Filter, type Operator, OPERATORS, queryOf } from "@/domain/filters";
import { brief } from "@/domain/format";
import { filtersOf, type MonitorForm } from "@/domain/monitors";
import styles from "./MonitorForm.module.css";

interface Props {
  form: MonitorForm;
  onChange: (form: MonitorForm) => void;
  problem?: string;
}

const PATHS = ["inputs.", "output", "output.", "exception", "attributes.", "summary.weave.status", "summary.weave.latency_ms", "trace_id", "thread_id", "wb_user_id"];
const EXAMPLE = '{"$expr": {"$eq": [{"$getField": "inputs.language"}, {"$literal": "en"}]}}';

export function MonitorQueryField({ form, onChange, problem }: Props) {
  const asText = () => onChange({ ...form, filters: null, text: JSON.stringify(queryOf((form.filters ?? []).map(conditionOf)), null, 2) });
  return (
    <fieldset className={styles["group"]}>
      <legend>Only calls where</legend>
      {form.filters === null ? (
        <>
          <TextArea label="Query as JSON" rows={8} spellCheck={false} className="mono" value={form.text} placeholder={EXAMPLE} problem={problem ?? null} onChange={(event) => onChange({ ...form, text: event.target.value })}
            hint="The query language of calls. Empty means every call." />
          <ToConditions form={form} onChange={onChange} />
        </>
      ) : (
        <>
          <Conditions filters={form.filters} onChange={(filters) => onChange({ ...form, filters })} />
          <p>
            <Button small kind="bare" onClick={asText}>
              Write it as JSON
            </Button>
          </p>
        </>
      )}
    </fieldset>
  );
}

function ToConditions({ form, onChange }: Pick<Props, "form" | "onChange">) {
  let filters: Filter[] | null = null;
  try {
    filters = filtersOf(form.text.trim() === "" ? null : JSON.parse(form.text));
  } catch {
    // Half-typed JSON is no conditions yet.
  }
  return (
    <p>
      <Button small kind="bare" disabled={filters === null} title={filters === null ? "It says more than conditions can" : undefined} onClick={() => onChange({ ...form, filters, text: "" })}>
        As conditions
      </Button>
    </p>
  );
}

function Conditions({ filters, onChange }: { filters: Filter[]; onChange: (filters: Filter[]) => void }) {
  const id = useId();
  const [path, setPath] = useState("");
  const [operator, setOperator] = useState<Operator>("is");
  const [value, setValue] = useState("");
  const valueless = operator === "set" || operator === "unset";
  const ready = path.trim() !== "" && !path.trim().endsWith(".") && (valueless || value !== "");
  const add = () => {
    if (!ready) return;
    onChange([...filters, { path: path.trim(), operator, value: valueless ? "" : value }]);
    setPath("");
    setValue("");
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return (
    <>
      <div className={styles["chips"]}>
        {filters.length === 0 && <span className="quiet">anything: every call of these ops</span>}
        {filters.map((filter, at) => (
          <span key={at} className={styles["chip"]}>
            <span>
              {filter.path} {OPERATORS[filter.operator]} <strong>{brief(filter.value, 60)}</strong>
            </span>
            <button type="button" aria-label={`Remove the condition on ${filter.path}`} onClick={() => onChange(filters.filter((_, other) => other !== at))}>
              <Icon name="close" size={12} />
            </button>
          </span>
        ))}
      </div>
      <div className={styles["add"]} onKeyDown={onKeyDown}>
        <TextField label="Path" list={id} value={path} placeholder="inputs.language" onChange={(event) => setPath(event.target.value)} />
        <datalist id={id}>{PATHS.map((one) => <option key={one} value={one} />)}</datalist>
        <Select label="How" value={operator} choices={Object.entries(OPERATORS).map(([name, label]) => ({ value: name, label }))} onChange={(next) => setOperator(next as Operator)} />
        <TextField label="Value" value={value} disabled={valueless} onChange={(event) => setValue(event.target.value)} />
        <Button disabled={!ready} onClick={add}>
          Add
        </Button>
      </div>
    </>
  );
}
