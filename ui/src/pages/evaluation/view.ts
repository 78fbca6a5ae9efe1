/** What the address of a run says: which of its examples, in which order, and which one is open. Pure. */
import type { MetricLimit, RowsWanted, RunExample, RunMetric, RunTrial } from "@/api/results";
import { type Condition, conditionOf, type Field, type Filter, queryOf } from "@/domain/filters";
import { metricLabel } from "@/domain/metrics";

/** Paths into the example and what the model made of it. */
export const ROOTS = ["inputs", "output", "scores"];

/** What is offered by name: every metric of the run. */
export function fieldsOf(metrics: readonly RunMetric[]): Field[] {
  return metrics
    .filter((metric) => metric.name !== "error")
    .map((metric) =>
      metric.kind === "boolean"
        ? { path: metric.name, label: metricLabel(metric.name), kind: "choice", choices: [{ value: "0", label: "false" }, { value: "1", label: "true" }] }
        : { path: metric.name, label: `${metricLabel(metric.name)}${metric.unit === "s" ? " (s)" : metric.unit === "USD" ? " ($)" : ""}`, kind: "number" },
    );
}

const MEASURES = ["latency", "cost", "tokens"];

/** Filters on measures are limits; the rest is said in the query language. */
export function wantedOf(filters: readonly Filter[], search: string, only: string, sort: string): RowsWanted {
  const limits: MetricLimit[] = [];
  const conditions: Condition[] = [];
  for (const filter of filters) {
    if (!MEASURES.includes(filter.path)) conditions.push(conditionOf(filter));
    else limits.push(...limitOf(filter));
  }
  return { search, only: only === "errors" || only === "running" ? only : null, query: queryOf(conditions), limits, sort };
}

function limitOf({ path, operator, value }: Filter): MetricLimit[] {
  const number = Number(value);
  if (value.trim() === "" || Number.isNaN(number)) return [];
  if (operator === "gt") return [{ metric: path, above: number }];
  if (operator === "lt") return [{ metric: path, below: number }];
  const near = Math.max(Math.abs(number), 1) * 1e-9;
  return operator === "is" ? [{ metric: path, above: number - near, below: number + near }] : [];
}

/** A line of the table: an example, or one of its trials when these are unfolded. */
export interface Line {
  key: string;
  example: RunExample;
  /** Null for the example itself. */
  trial: RunTrial | null;
  /** From 1. */
  number: number;
  unfolded: boolean;
}

export function linesOf(examples: readonly RunExample[], unfolded: ReadonlySet<string>): Line[] {
  return examples.flatMap((example) => {
    const open = unfolded.has(example.row_digest);
    const head: Line = { key: example.row_digest, example, trial: null, number: 0, unfolded: open };
    const trials = open ? example.trials.map((trial, at): Line => ({ key: trial.predict_and_score_call_id, example, trial, number: at + 1, unfolded: false })) : [];
    return [head, ...trials];
  });
}

/** The line after, or before, the open one; the first when none is. */
export function stepped(lines: readonly Line[], row: string, trial: string, by: number): Line | undefined {
  const at = lines.findIndex((line) => (trial === "" ? line.key === row : line.key === trial));
  const home = at < 0 ? lines.findIndex((line) => line.key === row) : at;
  return lines[Math.max(0, Math.min(lines.length - 1, home + by))];
}
