/** How far two sources of feedback agree about the same calls: κ, what was taken for what, and each disagreement. */
import { useMemo } from "react";
import { type Agreement as Found, type Distributions, type Source, useAgreement, useDistributions } from "@/api/feedbackStats";
import { useAnnotators } from "@/api/feedback";
import { DataTable, type Column } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { EmptyState, Loaded } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { RefLink } from "@/components/Values";
import { Button } from "@/design/Button";
import { Select, TextField } from "@/design/Field";
import { Icon } from "@/design/Icon";
import { kappaInWords, labelsOf, typeInWords } from "@/domain/agreement";
import { counted, number } from "@/domain/format";
import { Confusion } from "./Confusion";
import styles from "./Feedback.module.css";

const PARTS = ["type", "field", "threshold", "by", "labels"] as const;
type Side = "left" | "right";

/** What the address says of a side; the usual judge and the usual people when it says nothing. */
function useSide(side: Side, types: Distributions): { values: Record<(typeof PARTS)[number], string>; source: Source | null } {
  const url = useUrlState();
  return useMemo(() => {
    const names = types.types.map((type) => type.feedback_type);
    const usual = side === "left" ? names.find((name) => name.startsWith("wandb.runnable.")) : names.find((name) => name.startsWith("wandb.annotation."));
    const values = Object.fromEntries(PARTS.map((part) => [part, url.get(`${side}.${part}`)])) as Record<(typeof PARTS)[number], string>;
    values.type ||= usual ?? "";
    const threshold = values.threshold.trim() === "" || Number.isNaN(Number(values.threshold)) ? null : Number(values.threshold);
    const source = values.type === "" ? null : { feedback_type: values.type, field: values.field || null, threshold, wb_user_id: values.by || null, labels: labelsOf(values.labels) };
    return { values, source: source as Source | null };
  }, [side, types, url]);
}

export function Agreement({ types, start }: { types: Distributions; start: string }) {
  const project = useProject();
  const url = useUrlState();
  const left = useSide("left", types);
  const right = useSide("right", types);
  const found = useAgreement(project.id, left.source, right.source, start);
  const swap = () => url.set(Object.fromEntries(PARTS.flatMap((part) => [[`left.${part}`, right.values[part]], [`right.${part}`, left.values[part]]])));
  return (
    <div className={styles["explorer"]}>
      <p className="quiet">Compare a judge with people, two annotators, or two judges, on the calls that both spoke of. Numbers become yes or no by a threshold; differing words are made the same by renaming.</p>
      <div className={styles["sides"]}>
        <SourceForm side="left" title="One" types={types} start={start} values={left.values} />
        <Button icon="refresh" onClick={swap} title="Swap the two sources">Swap</Button>
        <SourceForm side="right" title="The other" types={types} start={start} values={right.values} />
      </div>
      {left.source && right.source ? (
        <Loaded query={found}>{(answer) => <Answer answer={answer} left={nameOf(left.source!)} right={nameOf(right.source!)} />}</Loaded>
      ) : (
        <EmptyState title="Choose two sources" icon="compare">
          Above, take a scorer's or a person's feedback on each side. A queue under Annotation gets people's word on calls that a judge has scored.
        </EmptyState>
      )}
    </div>
  );
}

const nameOf = (source: Source) => `${typeInWords(source.feedback_type).name}${source.field ? ` ${source.field}` : ""}${source.threshold !== null && source.threshold !== undefined ? ` ≥ ${source.threshold}` : ""}`;

interface FormProps {
  side: Side;
  title: string;
  types: Distributions;
  start: string;
  values: Record<(typeof PARTS)[number], string>;
}

function SourceForm({ side, title, types, start, values }: FormProps) {
  const project = useProject();
  const url = useUrlState();
  const inside = useDistributions(project.id, start, values.type);
  const annotators = useAnnotators(project.id, values.type);
  const set = (part: (typeof PARTS)[number], value: string) => url.set({ [`${side}.${part}`]: value || null }, true);
  const fields = inside.data?.fields ?? [];
  const offered = (choices: { value: string; label: string }[], value: string) => (value === "" || choices.some((choice) => choice.value === value) ? choices : [...choices, { value, label: value }]);
  return (
    <fieldset className={`panel ${styles["side"]}`}>
      <legend>{title}</legend>
      <Select label="Feedback" value={values.type} choices={offered([{ value: "", label: "Choose…" }, ...types.types.map((type) => ({ value: type.feedback_type, label: `${type.feedback_type} (${number(type.count)})` }))], values.type)}
        onChange={(type) => url.set({ ...Object.fromEntries(PARTS.map((part) => [`${side}.${part}`, null])), [`${side}.type`]: type })} />
      <Select label="Value" value={values.field} choices={offered([{ value: "", label: "The usual one" }, ...fields.map((field) => ({ value: field.field, label: `${field.field} (${field.kind})` }))], values.field)} onChange={(field) => set("field", field)} />
      <div className={styles["pair"]}>
        <TextField key={`t ${values.type}`} label="True from" type="number" step="any" defaultValue={values.threshold} placeholder="no threshold" onBlur={(event) => set("threshold", event.target.value)} onKeyDown={(event) => event.key === "Enter" && set("threshold", event.currentTarget.value)} />
        <TextField key={`l ${values.type}`} label="Rename" defaultValue={values.labels} placeholder="yes=true, no=false" onBlur={(event) => set("labels", event.target.value)} onKeyDown={(event) => event.key === "Enter" && set("labels", event.currentTarget.value)} />
      </div>
      {(annotators.data?.total ?? 0) > 1 && (
        <Select label="Said by" value={values.by} choices={offered([{ value: "", label: "Anybody" }, ...(annotators.data?.annotators ?? []).map((one) => ({ value: one.wb_user_id, label: `${one.name} (${number(one.count)})` }))], values.by)} onChange={(by) => set("by", by)} />
      )}
    </fieldset>
  );
}

function Answer({ answer, left, right }: { answer: Found; left: string; right: string }) {
  const main = answer.weighted_kappa ?? answer.kappa;
  return (
    <>
      <div className={styles["result"]}>
        <div className={`panel ${styles["kappa"]}`}>
          <h2>{answer.weighted_kappa ? "Weighted κ" : "Cohen's κ"}</h2>
          {main ? (
            <>
              <p className={`number ${styles["big"]}`}>{main.value.toFixed(2)}</p>
              <p className="number">95% interval {main.low.toFixed(2)} to {main.high.toFixed(2)}</p>
              <p>{kappaInWords(main)}</p>
              <p className="quiet small">1 is full agreement, 0 is what chance gives. The words are those of Landis and Koch (1977), a convention.</p>
            </>
          ) : (
            <p className="quiet">{answer.n === 0 ? "No call has a word of both." : "κ is not defined here."}</p>
          )}
        </div>
        <dl className={`panel ${styles["facts"]}`}>
          <Fact name="Calls of which both spoke" value={number(answer.n)} />
          <Fact name={`Only ${left}`} value={number(answer.only_left)} />
          <Fact name={`Only ${right}`} value={number(answer.only_right)} />
          {answer.agreement && <Fact name="They say the same" value={`${(answer.agreement.value * 100).toFixed(0)}%`} hint={`${(answer.agreement.low * 100).toFixed(0)}% to ${(answer.agreement.high * 100).toFixed(0)}%`} />}
          {answer.weighted_kappa && answer.kappa && <Fact name="Cohen's κ, unweighted" value={answer.kappa.value.toFixed(2)} hint={`${answer.kappa.low.toFixed(2)} to ${answer.kappa.high.toFixed(2)}`} />}
          {answer.alpha && <Fact name={`Krippendorff's α (${answer.alpha.level})`} value={answer.alpha.value.toFixed(2)} />}
        </dl>
      </div>
      {answer.warnings.length > 0 && (
        <ul className={styles["warnings"]}>
          {answer.warnings.map((warning) => (
            <li key={warning.code}><Icon name="warning" /> {warning.message}.</li>
          ))}
        </ul>
      )}
      {answer.confusion.length > 0 && (
        <Section title="What was taken for what">
          <Confusion categories={answer.categories} counts={answer.confusion} left={left} right={right} />
        </Section>
      )}
      {answer.n > 0 && (
        <Section title={`Disagreements${answer.disagreements.length >= 100 ? ", the first 100" : ""}`}>
          <Disagreements answer={answer} left={left} right={right} />
        </Section>
      )}
    </>
  );
}

function Fact({ name, value, hint }: { name: string; value: string; hint?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="number">
        <strong>{value}</strong> {hint && <span className="quiet small">{hint}</span>}
      </dd>
    </div>
  );
}

type Row = Found["disagreements"][number];

function Disagreements({ answer, left, right }: { answer: Found; left: string; right: string }) {
  const project = useProject();
  const columns = useMemo<Column<Row>[]>(
    () => [
      { id: "call", title: "Call", width: 200, grow: true, narrow: "title", cell: (row) => (row.call_id ? <Link href={project.href(`r/call/${row.call_id}?tab=feedback`)}>{row.call_id}</Link> : <RefLink value={row.weave_ref} />) },
      { id: "left", title: left, width: 160, sortValue: (row) => row.left, cell: (row) => <bdi>{row.left}</bdi> },
      { id: "right", title: right, width: 160, sortValue: (row) => row.right, cell: (row) => <bdi>{row.right}</bdi> },
    ],
    [project, left, right],
  );
  return (
    <DataTable label="Disagreements" rows={answer.disagreements} columns={columns} rowKey={(row) => row.weave_ref} rowHref={(row) => (row.call_id ? project.href(`r/call/${row.call_id}?tab=feedback`) : undefined)}
      empty={<p className="quiet">None: of {counted(answer.n, "call")} both say the same.</p>} />
  );
}
