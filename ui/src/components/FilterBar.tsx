/** Filters as chips, kept in the address as `f=path~operator~value`; a popover adds one. */
import { type FormEvent, useMemo, useState } from "react";
import { Button } from "@/design/Button";
import { Select, TextField } from "@/design/Field";
import { Icon } from "@/design/Icon";
import { Popover } from "@/design/Menu";
import { brief } from "@/domain/format";
import { type Field, type Filter, type Operator, OPERATORS, readFilters, writeFilter } from "@/domain/filters";
import styles from "./FilterBar.module.css";
import { useUrlState } from "./useUrlState";

/** The filters of the address, and how to change them. A change goes back to the first page. */
export function useFilters(): { filters: Filter[]; setFilters: (filters: Filter[]) => void } {
  const url = useUrlState();
  const texts = url.all("f").join("\n\u0000");
  const filters = useMemo(() => readFilters(texts === "" ? [] : texts.split("\n\u0000")), [texts]);
  return { filters, setFilters: (changed) => url.set({ f: changed.map(writeFilter), page: null }) };
}

interface Props {
  /** What is offered by name; other paths can be typed when `roots` are given. */
  fields: readonly Field[];
  /** Whether any path may be typed, for example ["inputs", "output"]. */
  roots?: readonly string[];
}

export function FilterBar({ fields, roots }: Props) {
  const { filters, setFilters } = useFilters();
  const [open, setOpen] = useState(false);
  const label = (path: string) => fields.find((field) => field.path === path)?.label ?? path;
  return (
    <div className={styles["bar"]} role="group" aria-label="Filters">
      {filters.map((filter, at) => (
        <span key={at} className={styles["chip"]}>
          <span className="cut">
            <span className="quiet">{label(filter.path)}</span> {OPERATORS[filter.operator]} <strong>{brief(filter.value, 40)}</strong>
          </span>
          <button type="button" aria-label={`Remove the filter on ${label(filter.path)}`} onClick={() => setFilters(filters.filter((_, other) => other !== at))}>
            <Icon name="close" size={12} />
          </button>
        </span>
      ))}
      <Popover label="Add a filter" open={open} onOpenChange={setOpen} trigger={<Button icon="filter">Filter</Button>}>
        <FilterForm
          fields={fields}
          roots={roots}
          onAdd={(filter) => {
            setFilters([...filters, filter]);
            setOpen(false);
          }}
        />
      </Popover>
      {filters.length > 1 && (
        <Button kind="bare" onClick={() => setFilters([])}>
          Clear all
        </Button>
      )}
    </div>
  );
}

const BY_KIND: Record<Field["kind"], Operator[]> = {
  text: ["has", "is", "not", "gt", "lt", "set", "unset"],
  number: ["gt", "lt", "is", "not"],
  time: ["gt", "lt"],
  choice: ["is", "not"],
};
const OWN = "\u0000";

function FilterForm({ fields, roots, onAdd }: Props & { onAdd: (filter: Filter) => void }) {
  const [chosen, setChosen] = useState(fields[0]?.path ?? OWN);
  const [typed, setTyped] = useState("");
  const known = fields.find((field) => field.path === chosen);
  const kind = known?.kind ?? "text";
  const [operator, setOperator] = useState<Operator>(BY_KIND[kind][0]!);
  const [value, setValue] = useState(known?.choices?.[0]?.value ?? "");
  const path = chosen === OWN ? typed.trim() : chosen;
  const rooted = chosen !== OWN || (roots ?? []).some((root) => path === root || path.startsWith(`${root}.`));
  const valueless = operator === "set" || operator === "unset";
  const ready = path !== "" && rooted && (valueless || value !== "");
  const choose = (next: string) => {
    const field = fields.find((one) => one.path === next);
    setChosen(next);
    setOperator(BY_KIND[field?.kind ?? "text"][0]!);
    setValue(field?.choices?.[0]?.value ?? "");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onAdd({ path, operator, value: valueless ? "" : kind === "time" ? new Date(value).toISOString() : value });
  };
  const places = [...fields.map((field) => ({ value: field.path, label: field.label })), ...(roots ? [{ value: OWN, label: "A path…" }] : [])];
  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Select label="What" value={chosen} choices={places} onChange={choose} />
      {chosen === OWN && (
        <TextField label="Path" value={typed} placeholder={`${roots?.[0]}.name`} autoFocus onChange={(event) => setTyped(event.target.value)}
          hint={`Starts with ${roots?.join(", ")}; dots lead inward.`} problem={path !== "" && !rooted ? `Start with ${roots?.join(", ")}.` : null} />
      )}
      <Select label="How" value={operator} choices={BY_KIND[kind].map((one) => ({ value: one, label: OPERATORS[one] }))} onChange={(next) => setOperator(next as Operator)} />
      {!valueless &&
        (known?.choices ? (
          <Select label="Value" value={value} choices={known.choices} onChange={setValue} />
        ) : (
          <TextField label="Value" value={value} type={kind === "time" ? "datetime-local" : kind === "number" ? "number" : "text"} step="any" onChange={(event) => setValue(event.target.value)} />
        ))}
      <Button type="submit" kind="primary" disabled={!ready}>
        Add filter
      </Button>
    </form>
  );
}
