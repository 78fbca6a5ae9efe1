/** Evaluation runs side by side: figures, differences, examples, and which way a metric is better. */
import { type QueryKey, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";
import { keptOf } from "./kept";

export type Comparison = Schema<"EvaluationsCompareRes">;
export type ComparedRun = Schema<"ComparedRun">;
export type ComparedMetric = Schema<"ComparedMetric">;
export type RunFigures = Schema<"RunFigures">;
export type RunDifference = Schema<"RunDifference">;
export type ComparedRow = Schema<"ComparedRow">;
export type ComparedCell = Schema<"ComparedCell">;
export type ComparisonWarning = Schema<"StatisticsWarning">;
export type RunItem = Schema<"EvaluationRunItem">;
export type Example = Schema<"EvalResultsRow">;
export type ExampleTrial = Schema<"EvalResultsTrial">;
export type Direction = "higher" | "lower";
export type Only = NonNullable<Schema<"ComparisonRows">["only"]>;
export type Order = NonNullable<Schema<"ComparisonRows">["sort"]>;

/** What is compared with what. */
export interface Compared {
  runs: readonly string[];
  baseline: string;
  /** Names of metrics; null for those that the server finds first. */
  metrics: readonly string[] | null;
  confidence: number;
}

export interface RowsWanted {
  metric: string | null;
  run: string | null;
  only: Only | null;
  sort: Order;
}

const PAGE = 25;
const CHOICES = 50;

const bodyOf = (project: string, { runs, baseline, metrics, confidence }: Compared) => ({
  project_id: project,
  run_ids: [...runs],
  baseline,
  confidence,
  metrics: metrics === null ? null : [...metrics],
});

/** Figures and differences, without examples. Asked again while a run goes on. */
export function useComparison(project: string, compared: Compared) {
  return useQuery({
    queryKey: ["compare", project, "figures", compared],
    queryFn: ({ signal }) => answer(api.POST("/weft/v1/evaluations/compare", { body: { ...bodyOf(project, compared), rows: { limit: 0 } }, signal })),
    placeholderData: keptOf("compare", project, "figures"),
    staleTime: 30_000,
    refetchInterval: (query) => (query.state.data?.runs.some((run) => run.status === "running") ? 5000 : false),
  });
}

/** Examples, page after page as far as was scrolled; the server says where the next begins. */
export function useComparedRows(project: string, compared: Compared, { metric, run, only, sort }: RowsWanted) {
  return useInfiniteQuery({
    queryKey: ["compare", project, "rows", compared, metric, run, only, sort],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const rows = { limit: PAGE, offset: pageParam, metric, run_id: run, only, sort };
      return answer(api.POST("/weft/v1/evaluations/compare", { body: { ...bodyOf(project, compared), include_metrics: false, rows }, signal }));
    },
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keptOf("compare", project, "rows"),
    staleTime: 30_000,
  });
}

/** One example whole: its row, and every trial of it in the runs. */
export function useExample(project: { entity: string; name: string }, runs: readonly string[], digest: string) {
  return useQuery({
    queryKey: ["example", project.entity, project.name, runs, digest],
    enabled: digest !== "",
    queryFn: async ({ signal }) => {
      const found = await answer(
        api.POST("/v2/{entity}/{project}/eval_results/query", {
          params: { path: { entity: project.entity, project: project.name } },
          body: {
            evaluation_call_ids: [...runs],
            include_raw_data_rows: true,
            resolve_row_refs: true,
            filters: [{ query: { $expr: { $eq: [{ $getField: "row_digest" }, { $literal: digest }] } } }],
            limit: 1,
          },
          signal,
        }),
      );
      return found.rows[0] ?? null;
    },
    staleTime: 60_000,
  });
}

/** Runs to choose from, newest first; of one evaluation when it is named. */
export function useRunChoices(project: string, evaluation: string) {
  return useInfiniteQuery({
    queryKey: ["run-choices", project, evaluation],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const body = { project_id: project, evaluations: evaluation === "" ? [] : [evaluation], limit: CHOICES, offset: pageParam, include_facets: pageParam === 0 };
      return answer(api.POST("/weft/v1/evaluations/runs", { body, signal }));
    },
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keptOf("run-choices", project),
    staleTime: 10_000,
  });
}

interface Turn {
  name: string;
  /** What is kept; null goes back to what the name of the metric suggests. */
  stored: Direction | null;
  /** What is seen until the server has answered. */
  shown: Direction;
}

/** Keeps for the project which way a metric is better; seen at once, taken back when it fails. */
export function useSetDirection(project: string) {
  const client = useQueryClient();
  const key: QueryKey = ["compare", project, "figures"];
  return useMutation({
    mutationFn: ({ name, stored }: Turn) =>
      answer(api.PUT("/weft/v1/evaluations/metric_directions", { body: { project_id: project, directions: { [name]: stored } } })),
    onMutate: async ({ name, stored, shown }: Turn) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueriesData<Comparison>({ queryKey: key });
      client.setQueriesData<Comparison>({ queryKey: key }, (data) => data && turned(data, name, shown, stored === null ? "default" : "stored"));
      return before;
    },
    onError: (_error, _turn, before) => before?.forEach(([known, data]) => client.setQueryData(known, data)),
    onSettled: () => client.invalidateQueries({ queryKey: ["compare", project] }),
  });
}

const TURNED = { better: "worse", worse: "better", "no evidence": "no evidence" } as const;

/** A comparison in which one metric is better the other way: what was better is worse. Pure. */
export function turned(data: Comparison, name: string, direction: Direction, from: ComparedMetric["direction_from"]): Comparison {
  const turn = (metric: ComparedMetric): ComparedMetric => {
    if (metric.name !== name || metric.direction === direction) return metric;
    const differences = metric.differences.map((one): RunDifference => ({
      ...one,
      verdict: TURNED[one.verdict],
      discordant: one.discordant && { better: one.discordant.worse, worse: one.discordant.better },
    }));
    return { ...metric, direction, direction_from: from, differences };
  };
  return { ...data, metrics: data.metrics.map(turn) };
}
