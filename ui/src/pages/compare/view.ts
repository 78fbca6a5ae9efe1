/** What the address of a comparison says, and what its runs are called. Pure. */
import type { Compared, ComparedRun, Comparison, ComparisonWarning, Only, Order, RowsWanted } from "@/api/compare";
import { parseRef } from "@/domain/refs";

export const [LEAST, MOST] = [2, 6];
export const LETTERS = "ABCDEF";
export const LEVELS = [0.9, 0.95, 0.99];

export const ONLY: readonly { value: Only | ""; label: string }[] = [
  { value: "", label: "All" },
  { value: "disagree", label: "Where they disagree" },
  { value: "better", label: "Better" },
  { value: "worse", label: "Worse" },
  { value: "missing", label: "Missing" },
];

export const ORDERS: readonly { value: Order; label: string }[] = [
  { value: "difference", label: "Largest difference" },
  { value: "regression", label: "Worst regression" },
  { value: "improvement", label: "Best improvement" },
  { value: "example", label: "Example" },
];

/** The runs that a text of ids and commas names, each once. */
export function runsOf(text: string): string[] {
  return [...new Set(text.split(",").map((id) => id.trim()).filter(Boolean))];
}

/** Reads the address; what is no choice of ours is as if it were not there. */
export function viewOf(get: (name: string) => string, metrics: readonly string[]): { compared: Compared; rows: RowsWanted } {
  const runs = runsOf(get("runs"));
  const baseline = runs.includes(get("baseline")) ? get("baseline") : (runs[0] ?? "");
  const level = Number(get("level")) / 100;
  const run = get("run");
  return {
    compared: { runs, baseline, metrics: metrics.length === 0 ? null : metrics, confidence: LEVELS.includes(level) ? level : 0.95 },
    rows: {
      metric: get("metric") || null,
      run: runs.includes(run) && run !== baseline ? run : null,
      only: ONLY.find((one) => one.value === get("only"))?.value || null,
      sort: ORDERS.find((one) => one.value === get("sort"))?.value ?? "difference",
    },
  };
}

/** What a run is called where there is little room; its letter tells it from others of that name. */
export function titleOf(run: Pick<ComparedRun, "name" | "model_name" | "run_id">): string {
  return run.model_name || run.name || run.run_id.slice(0, 8);
}

/** A metric as people say it: the scorer, then the place within its score. */
export function metricLabel(name: string): string {
  return name.replace(/^scores\./, "").replaceAll("\\.", ".");
}

/** A version of something by its name and the start of its digest. */
export function versionLabel(ref: string | null | undefined): string {
  if (!ref) return "unknown";
  const parsed = parseRef(ref);
  return parsed ? `${parsed.name}:${(parsed.version ?? "").slice(0, 6)}` : ref;
}

export interface Group {
  label: string;
  /** Places of runs in the comparison. */
  runs: number[];
}

/** Who has what of that about which a warning speaks; without such a thing, the runs it names. */
export function groupsOf(warning: ComparisonWarning, runs: readonly ComparedRun[]): Group[] {
  const parts: Record<string, (run: ComparedRun) => string[]> = {
    dataset_versions_differ: (run) => [versionLabel(run.dataset_ref)],
    evaluation_versions_differ: (run) => [versionLabel(run.evaluation_ref)],
    scorer_versions_differ: (run) => unlikeScorers(runs).map((key) => (run.scorers[key] ? versionLabel(run.scorers[key]) : `no ${key}`)),
  };
  const part = parts[warning.code];
  const groups = new Map<string, number[]>();
  runs.forEach((run, at) => {
    if (!part && !warning.run_ids?.includes(run.run_id)) return;
    const label = part ? part(run).join(", ") : "";
    groups.set(label, [...(groups.get(label) ?? []), at]);
  });
  return [...groups].map(([label, found]) => ({ label, runs: found }));
}

function unlikeScorers(runs: readonly ComparedRun[]): string[] {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run.scorers)))];
  return keys.filter((key) => new Set(runs.map((run) => run.scorers[key])).size > 1).slice(0, 5);
}

/** How many verdicts of each kind a run got; null for the baseline. */
export function tallyOf(data: Comparison, runId: string): { better: number; worse: number; open: number } | null {
  if (runId === data.baseline) return null;
  const tally = { better: 0, worse: 0, open: 0 };
  for (const metric of data.metrics) {
    const found = metric.differences.find((one) => one.run_id === runId);
    if (found) tally[found.verdict === "no evidence" ? "open" : found.verdict] += 1;
  }
  return tally;
}
