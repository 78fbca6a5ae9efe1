/** What the address of the evaluations says, and the names of versions in it. Pure. */
import type { Facet, Run, RunsWanted, VersionNumbers } from "@/api/evaluations";
import { parseRef } from "@/domain/refs";

export type Group = "none" | "dataset" | "model";

export interface View extends RunsWanted {
  group: Group;
  /** A metric or a fact of runs, with a minus before it when it goes down; empty for the newest first. */
  sort: string;
  /** Metrics that are columns; null for the first ones there are. */
  metrics: string[] | null;
}

export const FIRST_METRICS = 6;
// What is compared at once.
export const [LEAST, MOST] = [2, 6];

/** `name:v3`, the start of the digest while the number is not known, or the text that a run names in place of a ref. */
export function versionLabel(ref: string | null | undefined, name: string | null | undefined, numbers: VersionNumbers | undefined): string {
  const parsed = ref ? parseRef(ref) : null;
  if (!parsed) return name ?? ref ?? "unknown";
  const number = numbers?.get(`${parsed.name}:${parsed.version}`);
  return `${parsed.name}:${number === undefined ? (parsed.version ?? "latest").slice(0, 6) : `v${number}`}`;
}

/** The names of the objects that some refs lead to, each once and in a fixed order. */
export function namesOf(refs: readonly (string | null)[]): string[] {
  return [...new Set(refs.map((ref) => (ref ? parseRef(ref)?.name : undefined)).filter((name) => name !== undefined))].sort();
}

/** The choices of a filter; what the address names is among them even when no new run is about it. */
export function choicesOf(facets: readonly Facet[], chosen: string, all: string, numbers: VersionNumbers | undefined) {
  const known = facets.map((facet) => ({ value: facet.ref, label: `${versionLabel(facet.ref, facet.name, numbers)} (${facet.runs.toLocaleString("en-US")})` }));
  const missing = chosen !== "" && !known.some((choice) => choice.value === chosen) ? [{ value: chosen, label: versionLabel(chosen, null, numbers) }] : [];
  return [{ value: "", label: all }, ...missing, ...known];
}

const FACTS: Record<string, (run: Run) => string | number | null> = {
  name: (run) => run.name,
  status: (run) => run.status,
  model: (run) => run.model_name,
  dataset: (run) => run.dataset_name,
  started: (run) => run.started_at,
  latency: (run) => run.latency,
  tokens: (run) => run.tokens,
  cost: (run) => run.cost,
  trials: (run) => run.trial_count,
};

export function valueOf(run: Run, id: string): string | number | null {
  return FACTS[id]?.(run) ?? run.metrics.find((metric) => metric.name === id)?.value ?? null;
}

/** Runs in the order asked for; those without a value come last in either direction. */
export function sorted(runs: readonly Run[], sort: string): readonly Run[] {
  if (sort === "") return runs;
  const [id, sign] = sort.startsWith("-") ? [sort.slice(1), -1] : [sort, 1];
  return [...runs].sort((a, b) => {
    const [left, right] = [valueOf(a, id), valueOf(b, id)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right), undefined, { numeric: true }));
  });
}

/** The address that compares runs with the first of them. */
export function comparePath(ids: readonly string[]): string {
  const params = new URLSearchParams({ runs: ids.join(","), baseline: ids[0] ?? "" });
  return `weave/compare?${params.toString().replaceAll("%2C", ",")}`;
}
