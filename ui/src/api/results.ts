/** One evaluation run: its figures, its examples in previews, an example as a whole, and how far it is. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { allLines, answer, api, ApiError, type Schema } from "./client";
import { keptOf } from "./kept";
import type { Preview } from "./previews";

export type RunTable = Schema<"EvaluationRunTableRes">;
export type RunMetric = Schema<"RunMetric">;
export type RunExample = Schema<"RunExample">;
export type RunTrial = Schema<"RunTrial">;
export type MetricLimit = Schema<"MetricLimit">;
export type ResultRow = Schema<"EvalResultsRow">;
export type Trial = Schema<"EvalResultsTrial">;

/** Which examples, and in which order: a metric with a minus before it when it goes down; empty as they came. */
export interface RowsWanted {
  search: string;
  only: "errors" | "running" | null;
  query: { [key: string]: unknown } | null;
  limits: MetricLimit[];
  sort: string;
}

const PAGE = 50;
// A run of many trials is asked about less often.
const [MANY, SOON_MS, LATER_MS] = [2000, 3000, 15_000];

/** The run and its examples, page after page as far as was scrolled; asked again while it goes on. */
export function useRun(project: string, run: string, { search, only, query, limits, sort }: RowsWanted) {
  return useInfiniteQuery({
    queryKey: ["evaluation-run", project, run, { search, only, query, limits, sort }],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const order = { sort: sort.replace(/^-/, "") || null, descending: sort.startsWith("-") };
      const body = { project_id: project, run_id: run, search: search.trim() || null, only, query, limits, ...order, limit: PAGE, offset: pageParam, include_metrics: pageParam === 0 };
      return answer(api.POST("/weft/v1/evaluations/run", { body, signal }));
    },
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keptOf("evaluation-run", project, run),
    staleTime: 30_000,
    refetchInterval: ({ state }) => {
      const seen = state.data?.pages[0]?.run;
      // A run that was just asked for has nothing until a worker takes it up.
      if (!seen) return state.error instanceof ApiError && state.error.status === 404 ? SOON_MS : false;
      return seen.status === "running" ? (seen.trial_count > MANY ? LATER_MS : SOON_MS) : false;
    },
  });
}

/** Where a run that goes on stands: rows that are done and rows there will be (0 when that is not known). */
export function useProgress(project: string, run: string, enabled: boolean) {
  return useQuery({
    queryKey: ["evaluation-status", project, run],
    enabled,
    queryFn: async ({ signal }) => (await answer(api.POST("/evaluations/status", { body: { project_id: project, call_id: run }, signal }))).status,
    refetchInterval: SOON_MS,
  });
}

/** An example with its trials as a whole, null when the run has none such. */
export function useExample(entity: string, project: string, run: string, digest: string) {
  return useQuery({
    queryKey: ["example", entity, project, run, digest],
    queryFn: async ({ signal }) => {
      const only = { query: { $expr: { $eq: [{ $getField: "row_digest" }, { $literal: digest }] } } };
      const body = { evaluation_call_ids: [run], filters: [only], include_raw_data_rows: true, resolve_row_refs: true, include_costs: true, limit: 1 };
      return (await answer(api.POST("/v2/{entity}/{project}/eval_results/query", { params: { path: { entity, project } }, body, signal }))).rows[0] ?? null;
    },
    staleTime: 30_000,
  });
}

/** How the calls of an example ended, by id. */
export function useEnds(project: string, ids: readonly string[]) {
  return useQuery({
    queryKey: ["ends", project, ids],
    enabled: ids.length > 0,
    queryFn: async ({ signal }) => {
      const calls = await allLines<Preview>("/weft/v1/calls/previews", { project_id: project, filter: { call_ids: ids }, limit: ids.length }, signal);
      return new Map(calls.map((call) => [call.id, call]));
    },
    staleTime: 30_000,
  });
}
