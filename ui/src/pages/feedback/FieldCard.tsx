/** One field of the payloads of a type: a histogram, shares or the most frequent values, as it is spread or over time. */
import { useMemo } from "react";
import type { FieldDistribution } from "@/api/feedbackStats";
import { Chart, type Series } from "@/components/Chart";
import { useFilters } from "@/components/FilterBar";
import { brief, counted, number } from "@/domain/format";
import styles from "./Feedback.module.css";

interface Props {
  field: FieldDistribution;
  buckets: readonly string[];
  overTime: boolean;
}

const share = (value: number) => `${(value * 100).toFixed(value > 0 && value < 0.1 ? 1 : 0)}%`;

export function FieldCard({ field, buckets, overTime }: Props) {
  const timed = overTime && field.over_time !== null;
  return (
    <section className={`panel ${styles["card"]}`} aria-label={field.field}>
      <header>
        <h3 className="mono">{field.field}</h3>
        <span className="quiet small number">
          {counted(field.count, "value")}
          {field.missing > 0 && `, ${number(field.missing)} without`}
        </span>
      </header>
      <Figures field={field} />
      {timed ? <OverTime field={field} buckets={buckets} /> : field.histogram && field.kind === "number" ? <Histogram field={field} /> : <Categories field={field} />}
    </section>
  );
}

function Figures({ field }: { field: FieldDistribution }) {
  if (field.kind === "category" || field.count === 0) return null;
  const figures: [string, string][] =
    field.kind === "boolean"
      ? [["true", field.mean === null ? "–" : share(field.mean)]]
      : [["mean", shown(field.mean)], ["median", shown(field.median)], ["least", shown(field.min)], ["most", shown(field.max)]];
  return (
    <dl className={styles["figures"]}>
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const shown = (value: number | null) => (value === null ? "–" : number(value));

function Histogram({ field }: { field: FieldDistribution }) {
  const { x, series } = useMemo(() => {
    const { edges, counts } = field.histogram!;
    return { x: counts.map((_, at) => (edges[at]! + edges[at + 1]!) / 2), series: [{ label: "values", values: counts, kind: "bars" }] satisfies Series[] };
  }, [field]);
  return <Chart label="Distribution" x={x} series={series} time={false} height={120} />;
}

function OverTime({ field, buckets }: { field: FieldDistribution; buckets: readonly string[] }) {
  const { x, series } = useMemo(() => {
    const label = field.kind === "boolean" ? "share of true" : "mean";
    return { x: buckets.map((bucket) => Date.parse(bucket) / 1000), series: [{ label, values: field.over_time!.values, kind: "points" }] satisfies Series[] };
  }, [field, buckets]);
  return <Chart label={field.kind === "boolean" ? "Share of true" : "Mean"} x={x} series={series} height={120} format={field.kind === "boolean" ? share : number} />;
}

/** The most frequent values; a press narrows the list below to one of them. */
function Categories({ field }: { field: FieldDistribution }) {
  const { filters, setFilters } = useFilters();
  const largest = Math.max(1, ...field.categories.map((one) => one.count));
  const path = `payload.${field.field}`;
  const narrow = (value: string) => setFilters([...filters.filter((filter) => filter.path !== path), { path, operator: "is", value }]);
  return (
    <ul className={styles["categories"]}>
      {field.categories.map((one) => (
        <li key={one.value}>
          <button type="button" title={`Show what says ${brief(one.value, 80)}`} onClick={() => narrow(one.value)}>
            <span className={styles["bar"]} style={{ width: `${(one.count / largest) * 100}%` }} />
            <bdi className="cut">{one.value}</bdi>
            <span className="push number">{number(one.count)}</span>
            <span className="quiet small number">{share(one.count / Math.max(1, field.count))}</span>
          </button>
        </li>
      ))}
      {field.other > 0 && <li className="quiet small number">{number(field.other)} say something else</li>}
    </ul>
  );
}
