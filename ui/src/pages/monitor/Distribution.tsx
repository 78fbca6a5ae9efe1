/** The values at one place in scores: over time, and how often each. */
import { type ReactNode, useMemo } from "react";
import type { FieldDistribution } from "@/api/monitors";
import { Chart, type Series } from "@/components/Chart";
import { number } from "@/domain/format";
import styles from "./Monitor.module.css";

export function Field({ field, buckets }: { field: FieldDistribution; buckets: readonly string[] }) {
  return (
    <section className={`panel ${styles["card"]}`} aria-label={field.field}>
      <h3>
        <code>{field.field}</code>
      </h3>
      <Numbers field={field} />
      {field.over_time && <OverTime field={field} over={field.over_time} buckets={buckets} />}
      {field.histogram && field.histogram.counts.length > 1 && <Histogram histogram={field.histogram} />}
      {field.kind === "category" && <Values field={field} />}
    </section>
  );
}

const percent = (share: number) => `${Math.round(share * 1000) / 10}%`;

function Numbers({ field }: { field: FieldDistribution }) {
  const parts: [string, ReactNode][] = [["Scores", number(field.count)]];
  if (field.missing > 0) parts.push(["Without it", number(field.missing)]);
  if (field.kind === "boolean" && field.true_count !== null && field.count > 0) parts.push(["True", `${percent(field.true_count / field.count)} (${number(field.true_count)})`]);
  if (field.kind === "number") {
    for (const [name, value] of [["Mean", field.mean], ["Median", field.median], ["Lowest", field.min], ["Highest", field.max]] as const) if (value !== null) parts.push([name, number(value)]);
  }
  return (
    <dl className={styles["numbers"]}>
      {parts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function OverTime({ field, over, buckets }: { field: FieldDistribution; over: NonNullable<FieldDistribution["over_time"]>; buckets: readonly string[] }) {
  const x = useMemo(() => buckets.map((bucket) => Date.parse(bucket) / 1000), [buckets]);
  const truth = field.kind === "boolean";
  // Neighbours of an empty bucket are joined by no line: points show what there is.
  const series = useMemo<Series[]>(() => [{ label: truth ? "Share of true" : "Mean", values: over.values, kind: over.values.filter((value) => value !== null).length < 12 ? "points" : "line" }], [over.values, truth]);
  return <Chart label={truth ? "Share of true over time" : "Mean over time"} x={x} series={series} height={120} format={truth ? percent : number} />;
}

function Histogram({ histogram }: { histogram: NonNullable<FieldDistribution["histogram"]> }) {
  const { edges, counts } = histogram;
  const x = useMemo(() => counts.map((_, at) => ((edges[at] ?? 0) + (edges[at + 1] ?? 0)) / 2), [edges, counts]);
  const series = useMemo<Series[]>(() => [{ label: "Scores", values: counts, kind: "bars" }], [counts]);
  return <Chart label="How often each value" x={x} series={series} time={false} height={110} />;
}

function Values({ field }: { field: FieldDistribution }) {
  const largest = Math.max(1, ...field.categories.map((one) => one.count));
  return (
    <ul className={styles["values"]}>
      {field.categories.slice(0, 8).map((one) => (
        <li key={one.value}>
          <bdi className="cut" title={one.value}>{one.value}</bdi>
          <span aria-hidden="true">
            <i style={{ width: `${(one.count / largest) * 100}%` }} />
          </span>
          <span className="number">{number(one.count)}</span>
        </li>
      ))}
      {field.other > 0 && (
        <li className="quiet">
          <span>other values</span>
          <span />
          <span className="number">{number(field.other)}</span>
        </li>
      )}
    </ul>
  );
}
