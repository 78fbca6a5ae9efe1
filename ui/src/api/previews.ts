/** Calls as rows of lists and trees: small, with short values in place of payloads. */
import { infiniteQueryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { allLines, answer, api, type Schema } from "./client";
import { keptOf } from "./kept";

export type Preview = Schema<"CallPreview">;
export type CallsFilter = Schema<"CallsFilter">;
export interface Wanted {
  filter: CallsFilter;
  query: object | null;
  sort: { field: string; direction: "asc" | "desc" }[];
  paths: string[];
}

export const PAGE = 50;
// The most spans of one trace that are drawn; the tree says when there are more.
export const MOST_SPANS = 20_000;

async function page(project: string, wanted: Wanted, limit: number, offset: number, signal?: AbortSignal): Promise<Preview[]> {
  const { filter, query, sort, paths } = wanted;
  const body = { project_id: project, filter, query, sort_by: sort, paths, limit, offset, include_scores: true };
  return allLines<Preview>("/weft/v1/calls/previews", body, signal);
}

/** What asks for the first page and the next ones. */
export function previewsQuery(project: string, wanted: Wanted) {
  return infiniteQueryOptions({
    queryKey: ["previews", project, wanted],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => page(project, wanted, PAGE, pageParam, signal),
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length * PAGE),
    staleTime: 30_000,
  });
}

/** Page after page, as far as was scrolled. */
export function usePreviews(project: string, wanted: Wanted, enabled = true) {
  return useInfiniteQuery({ ...previewsQuery(project, wanted), enabled, placeholderData: keptOf("previews", project) });
}

/** What is newer than what is shown: asked again and again while `live`. */
export function useNewest(project: string, wanted: Wanted, live: boolean) {
  return useQuery({
    queryKey: ["newest", project, wanted],
    enabled: live,
    refetchInterval: live ? 2500 : false,
    queryFn: ({ signal }) => page(project, wanted, PAGE, 0, signal),
    staleTime: 0,
    gcTime: 0,
  });
}

/** How many there are; another request, so that nobody waits for it to see rows. */
export function useCount(project: string, wanted: Pick<Wanted, "filter" | "query">, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["count", project, wanted.filter, wanted.query],
    queryFn: ({ signal }) =>
      answer(api.POST("/calls/query_stats", { body: { project_id: project, filter: wanted.filter, query: wanted.query as never }, signal })),
    placeholderData: keptOf("count", project),
    staleTime: 10_000,
  });
}

/** All spans of a trace without their payloads. */
export function useSpans(project: string, traceId: string | undefined) {
  return useQuery({
    queryKey: ["spans", project, traceId],
    enabled: traceId !== undefined,
    queryFn: ({ signal }) =>
      allLines<Preview>("/weft/v1/calls/previews", { project_id: project, filter: { trace_ids: [traceId] }, limit: MOST_SPANS, include_scores: true }, signal),
    // A trace that still runs grows.
    refetchInterval: (query) => (query.state.data?.some((span) => span.status === "running") && (query.state.data.length < 2000) ? 4000 : false),
  });
}

/** Ids of the spans of a trace in whose payload a text occurs. */
export function useSpanHits(project: string, traceId: string, query: object | null) {
  return useQuery({
    queryKey: ["hits", project, traceId, query],
    enabled: query !== null,
    queryFn: async ({ signal }) => {
      const body = { project_id: project, filter: { trace_ids: [traceId] }, query, limit: MOST_SPANS };
      return new Set((await allLines<Preview>("/weft/v1/calls/previews", body, signal)).map((span) => span.id));
    },
    staleTime: 30_000,
  });
}
