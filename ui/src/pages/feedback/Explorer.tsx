/** Types of feedback over time, the values of one of them, and the list of what was said. */
import { useMemo } from "react";
import { type Distributions, useDistributions } from "@/api/feedbackStats";
import { Chart, type Series } from "@/components/Chart";
import { Section } from "@/components/Page";
import { ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Segments } from "@/design/Tabs";
import { typeInWords } from "@/domain/agreement";
import { number } from "@/domain/format";
import styles from "./Feedback.module.css";
import { FieldCard } from "./FieldCard";
import { List } from "./List";

// As many as the chart has colours for.
const DRAWN = 6;

export const seconds = (buckets: readonly string[]) => buckets.map((bucket) => Date.parse(bucket) / 1000);

export function Explorer({ types, start }: { types: Distributions; start: string }) {
  const url = useUrlState();
  const chosen = url.get("type");
  const x = useMemo(() => seconds(types.buckets), [types]);
  const series = useMemo<Series[]>(() => {
    const one = types.types.filter((type) => type.feedback_type === chosen);
    const shown = chosen ? one : types.types.slice(0, DRAWN);
    return shown.map((type) => ({ label: typeInWords(type.feedback_type).name, values: type.counts, kind: shown.length === 1 ? "bars" : "line" }));
  }, [types, chosen]);
  return (
    <div className={styles["explorer"]}>
      <div className={styles["overview"]}>
        <Types types={types} chosen={chosen} onChoose={(type) => url.set({ type: type === chosen ? null : type, f: null })} />
        <div className={`panel ${styles["chart"]}`}>
          <Chart label={chosen ? `${typeInWords(chosen).name} over time` : types.types.length > DRAWN ? `The ${DRAWN} largest types over time` : "Types over time"} x={x} series={series} height={200} />
        </div>
      </div>
      {chosen && <Fields type={chosen} start={start} />}
      <List type={chosen} start={start} types={types.types.map((type) => type.feedback_type)} />
    </div>
  );
}

function Types({ types, chosen, onChoose }: { types: Distributions; chosen: string; onChoose: (type: string) => void }) {
  const largest = Math.max(1, ...types.types.map((type) => type.count));
  return (
    <div className={`panel ${styles["types"]}`} role="group" aria-label="Types of feedback">
      {types.types.map((type) => {
        const { name, kind } = typeInWords(type.feedback_type);
        return (
          <button key={type.feedback_type} type="button" aria-pressed={type.feedback_type === chosen} title={type.feedback_type} onClick={() => onChoose(type.feedback_type)}>
            <span className={styles["bar"]} style={{ width: `${(type.count / largest) * 100}%` }} />
            <bdi className="cut">{name}</bdi>
            <span className="quiet small">{kind}</span>
            <span className="push quiet small"><Time at={type.newest} /></span>
            <strong className="number">{number(type.count)}</strong>
          </button>
        );
      })}
      {types.types_total > types.types.length && <p className="quiet small">The {types.types.length} largest of {number(types.types_total)} types.</p>}
    </div>
  );
}

function Fields({ type, start }: { type: string; start: string }) {
  const project = useProject();
  const url = useUrlState();
  const found = useDistributions(project.id, start, type);
  const overTime = url.get("how") === "time";
  if (found.isError) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  const ready = found.data && found.data.types.every((one) => one.feedback_type === type);
  if (!ready) return <Skeleton lines={5} label="Loading the values" />;
  const { fields, buckets } = found.data;
  if (fields.length === 0) return <p className="quiet">This type has no values that can be counted; what was said is below.</p>;
  return (
    <Section
      title={`What ${typeInWords(type).name} says`}
      actions={
        fields.some((field) => field.over_time) && (
          <Segments label="How values are shown" value={overTime ? "time" : "spread"} choices={[{ value: "spread", label: "Distribution" }, { value: "time", label: "Over time" }]}
            onChange={(how) => url.set({ how: how === "time" ? how : null }, true)} />
        )
      }
    >
      <div className={styles["cards"]}>
        {fields.map((field) => (
          <FieldCard key={field.field} field={field} buckets={buckets} overTime={overTime} />
        ))}
      </div>
    </Section>
  );
}
