/** Lists of evaluation runs, what they can be chosen by, and what can be done to them. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";

export type Run = Schema<"EvaluationRunItem">;
export type Facet = Schema<"Facet">;
export type Facets = Schema<"EvaluationRunFacets">;

/** Which runs; an empty ref lets everything pass. */
export interface RunsWanted {
  dataset: string;
  evaluation: string;
  model: string;
}

const listed = (ref: string) => (ref === "" ? [] : [ref]);

/** Runs, newest first, page after page as far as was scrolled; asked again while one goes on. */
export function useRuns(project: string, wanted: RunsWanted, limit = 50) {
  return useInfiniteQuery({
    queryKey: ["evaluation-runs", project, wanted, limit],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const body = { project_id: project, datasets: listed(wanted.dataset), evaluations: listed(wanted.evaluation), models: listed(wanted.model), limit, offset: pageParam };
      return answer(api.POST("/weft/v1/evaluations/runs", { body, signal }));
    },
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 15_000,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.runs.some((run) => run.status === "running")) ? 4000 : false),
  });
}

/** The datasets, models and evaluations of the newest runs; another request, so that no list waits for it. */
export function useRunFacets(project: string) {
  return useQuery({
    queryKey: ["evaluation-runs", project, "facets"],
    queryFn: async ({ signal }) => (await answer(api.POST("/weft/v1/evaluations/runs", { body: { project_id: project, limit: 0, include_facets: true }, signal }))).facets ?? null,
    staleTime: 60_000,
  });
}

// As many versions as stay a small answer.
const VERSIONS = 300;

/** `name:digest` to the number of the version, for the newest versions of some objects. */
export function useVersionNumbers(project: string, names: readonly string[]) {
  return useQuery({
    queryKey: ["version-numbers", project, names],
    enabled: names.length > 0,
    queryFn: async ({ signal }) => {
      const body = { project_id: project, filter: { object_ids: [...names] }, metadata_only: true, limit: VERSIONS, sort_by: [{ field: "created_at", direction: "desc" as const }] };
      const { objs } = await answer(api.POST("/objs/query", { body, signal }));
      return new Map(objs.map((version) => [`${version.object_id}:${version.digest}`, version.version_index]));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export type VersionNumbers = ReadonlyMap<string, number>;

/** Delete runs with everything below them; how many calls went. */
export async function deleteRuns(entity: string, project: string, ids: readonly string[]): Promise<number> {
  const params = { path: { entity, project }, query: { evaluation_run_ids: [...ids] } };
  return (await answer(api.DELETE("/v2/{entity}/{project}/evaluation_runs", { params }))).num_deleted;
}

/** Ask for a run that scores the predictions of another one again; the id that it will have. */
export async function rescore(project: string, run: string, scorers: readonly string[]): Promise<string> {
  const body = { project_id: project, source_evaluation_run_id: run, scorer_refs: [...scorers] };
  return (await answer(api.POST("/evaluations/rescore", { body }))).evaluation_run_id;
}
