/** The figures over time: one line for a group, or bars for everything. */
import { useMemo } from "react";
import type { Usage, UsageGroup } from "@/api/usage";
import { Chart, type Series } from "@/components/Chart";
import { compact, duration, money } from "@/domain/format";
import styles from "./Usage.module.css";

type Figure = keyof UsageGroup["series"];

const ALL: readonly { figure: Figure; label: string; format: (value: number) => string; colour: string }[] = [
  { figure: "cost", label: "Cost (USD)", format: money, colour: "--series-1" },
  { figure: "total_tokens", label: "Tokens", format: compact, colour: "--series-4" },
  { figure: "calls", label: "Calls", format: compact, colour: "--series-2" },
  { figure: "errors", label: "Errors", format: compact, colour: "--bad" },
];
/** As many lines as there are colours. */
export const MOST_LINES = 6;

/** The groups in the order of their colours. */
export function drawnGroups(usage: Usage): UsageGroup[] {
  return [...usage.groups, ...(usage.other ? [usage.other] : [])].slice(0, MOST_LINES);
}

export function Charts({ usage }: { usage: Usage }) {
  const x = useMemo(() => usage.buckets.map((bucket) => Date.parse(bucket) / 1000), [usage.buckets]);
  return (
    <div className={styles["charts"]}>
      {ALL.map((one) => (
        <One key={one.figure} usage={usage} x={x} {...one} />
      ))}
      <Latencies usage={usage} x={x} />
    </div>
  );
}

function One({ usage, x, figure, label, format, colour }: (typeof ALL)[number] & { usage: Usage; x: number[] }) {
  const series = useMemo((): Series[] => {
    const groups = drawnGroups(usage);
    if (usage.by === "none") return groups.map((group) => ({ label, values: group.series[figure], kind: "bars", colour }));
    return groups.map((group) => {
      // Without a price the cost is unknown, which is not nothing.
      const unknown = figure === "cost" && usage.by === "model" && usage.unpriced_models.includes(group.key);
      return unknown ? { label: `${group.name} (no price)`, values: group.series[figure].map(() => null) } : { label: group.name, values: group.series[figure] };
    });
  }, [usage, figure, label, colour]);
  return (
    <div className={`panel ${styles["chart"]}`}>
      <Chart label={label} x={x} series={series} format={format} />
    </div>
  );
}

function Latencies({ usage, x }: { usage: Usage; x: number[] }) {
  const series = useMemo((): Series[] => {
    const groups = drawnGroups(usage);
    if (usage.by !== "none") return groups.map((group) => ({ label: group.name, values: group.series.latency_p95 }));
    return groups.flatMap((group): Series[] => [
      { label: "p50", values: group.series.latency_p50, colour: "--series-1" },
      { label: "p95", values: group.series.latency_p95, colour: "--series-3" },
    ]);
  }, [usage]);
  return (
    <div className={`panel ${styles["chart"]}`}>
      <Chart label={usage.by === "none" ? "Latency, p50 and p95" : "Latency, p95"} x={x} series={series} format={duration} />
    </div>
  );
}
