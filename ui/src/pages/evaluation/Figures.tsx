/** What the metrics of the run amount to, each with the interval in which it may lie. */
import type { RunMetric, RunTable } from "@/api/results";
import { Skeleton } from "@/components/States";
import { counted } from "@/domain/format";
import { metricLabel, metricText, rangeText } from "@/domain/metrics";
import styles from "./Evaluation.module.css";

const METHODS: Record<string, string> = {
  wilson: "Wilson's score interval",
  wilson_by_example: "Wilson's score interval, with the trials of an example taken together",
  t_by_example: "t interval of the mean, with the trials of an example taken together",
};

export function Figures({ table }: { table: RunTable | undefined }) {
  if (!table) return <div className={styles["figures"]}><Skeleton lines={2} label="Loading the figures" /></div>;
  if (table.metrics.length === 0) return null;
  const confidence = `${Number((table.confidence * 100).toFixed(1))}%`;
  return (
    <ul className={styles["figures"]} tabIndex={0} aria-label={`Figures of the run, with ${confidence} intervals`}>
      {table.metrics.map((metric) => (
        <Figure key={metric.name} metric={metric} confidence={confidence} />
      ))}
    </ul>
  );
}

function Figure({ metric, confidence }: { metric: RunMetric; confidence: string }) {
  const { mean, n, missing, examples, interval, true_count: yes } = metric.figures;
  const of = metric.kind === "boolean" ? `${(yes ?? 0).toLocaleString("en-US")} of ${n.toLocaleString("en-US")}` : counted(n, "value");
  const method = interval ? `${confidence} interval: ${METHODS[interval.method] ?? interval.method}.` : "The values allow no interval: they are too few, or all the same.";
  return (
    <li className={`panel ${styles["figure"]}`} title={`${metric.name}: ${metric.direction} is better. ${method}`}>
      <span className={`${styles["label"]} cut`}>{metricLabel(metric.name)}</span>
      <strong className="number">{metricText(metric, mean)}</strong>
      <span className="small quiet number">{interval ? rangeText(metric, interval.low, interval.high) : "no interval"}</span>
      {metric.kind === "boolean" && mean !== null && <Whiskers value={mean} low={interval?.low ?? mean} high={interval?.high ?? mean} />}
      <span className="small quiet number">
        {of}
        {n !== examples && ` in ${counted(examples, "example")}`}
        {missing > 0 && `, ${missing.toLocaleString("en-US")} missing`}
      </span>
    </li>
  );
}

/** A share on the line from 0 to 1 with its interval; the same numbers stand beside it. */
function Whiskers({ value, low, high }: { value: number; low: number; high: number }) {
  const at = (share: number) => `${(share * 100).toFixed(2)}%`;
  return (
    <svg className={styles["whiskers"]} width="100%" height={10} aria-hidden="true">
      <line className={styles["axis"]} x1="0" x2="100%" y1={5} y2={5} />
      <line className={styles["interval"]} x1={at(low)} x2={at(high)} y1={5} y2={5} />
      <circle className={styles["dot"]} cx={at(value)} cy={5} r={4} />
    </svg>
  );
}
