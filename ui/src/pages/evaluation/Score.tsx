/** A metric's value in a trial, or over the trials of an example. */
import type { RunMetric } from "@/api/results";
import { Badge } from "@/design/Badge";
import { metricText } from "@/domain/metrics";

interface Props {
  metric: Pick<RunMetric, "kind" | "unit" | "direction">;
  value: number | null | undefined;
}

export function Score({ metric, value }: Props) {
  if (value === null || value === undefined) return <span className="quiet">–</span>;
  if (metric.kind === "boolean" && (value === 0 || value === 1)) {
    const good = (value === 1) === (metric.direction === "higher");
    return (
      <Badge tone={good ? "good" : "bad"}>
        <span aria-hidden="true">{value === 1 ? "✓" : "✗"}</span> {value === 1 ? "true" : "false"}
      </Badge>
    );
  }
  if (metric.kind === "boolean") return <Badge tone="wait" title="The share of its trials that is true">{metricText(metric, value)}</Badge>;
  return <span className="number">{metricText(metric, value)}</span>;
}
