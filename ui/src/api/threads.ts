/** Threads: which there are, what they took, and their turns. */
import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import type { Condition } from "@/domain/filters";
import { allLines, answer, api, type Schema } from "./client";
import { keptOf } from "./kept";
import type { Wanted } from "./previews";

export type Thread = Schema<"ThreadSchema">;
export type ThreadUsage = Schema<"ThreadUsage">;

export interface ThreadsWanted {
  id: string;
  since: string | undefined;
  sort: { field: string; direction: "asc" | "desc" };
}

const PAGE = 50;

export function useThreads(project: string, { id, since, sort }: ThreadsWanted) {
  return useInfiniteQuery({
    queryKey: ["threads", project, id, since, sort],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      allLines<Thread>(
        "/threads/stream_query",
        { project_id: project, filter: { thread_ids: id === "" ? null : [id], after_datetime: since ?? null }, sort_by: [sort], limit: PAGE, offset: pageParam },
        signal,
      ),
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length * PAGE),
    placeholderData: keptOf("threads", project),
    staleTime: 10_000,
  });
}

const readUsage = (project: string, ids: string[], signal?: AbortSignal) =>
  answer(api.POST("/weft/v1/threads/usage", { body: { project_id: project, thread_ids: ids }, signal }));

/** What the threads of each page took, by id; another request, so that nobody waits for it to see rows. */
export function useThreadsUsage(project: string, pages: readonly (readonly Thread[])[]): ReadonlyMap<string, ThreadUsage> {
  return useQueries({
    queries: pages
      .filter((page) => page.length > 0)
      .map((page) => {
        const ids = page.map((thread) => thread.thread_id);
        return { queryKey: ["threads-usage", project, ids], queryFn: ({ signal }: { signal: AbortSignal }) => readUsage(project, ids, signal), staleTime: 30_000 };
      }),
    combine: byId,
  });
}

function byId(results: { data?: Schema<"ThreadsUsageRes"> }[]): ReadonlyMap<string, ThreadUsage> {
  return new Map(results.flatMap((result) => result.data?.threads ?? []).map((usage) => [usage.thread_id, usage]));
}

/** One thread and what it took; null when there is none of that id. */
export function useThread(project: string, id: string) {
  return useQuery({
    queryKey: ["thread", project, id],
    queryFn: async ({ signal }) => {
      const [threads, usage] = await Promise.all([
        allLines<Thread>("/threads/stream_query", { project_id: project, filter: { thread_ids: [id] }, limit: 1 }, signal),
        readUsage(project, [id], signal),
      ]);
      return threads[0] ? { ...threads[0], usage: usage.threads[0] } : null;
    },
  });
}

// A turn is a call that is its own turn; the calls below it carry its id.
const IS_TURN: Condition = { $eq: [{ $getField: "id" }, { $getField: "turn_id" }] };

/** The calls that are the turns of a thread. */
export function turnsOf(thread: string, newestFirst: boolean): Wanted {
  return {
    filter: { thread_ids: [thread] },
    query: { $expr: IS_TURN },
    sort: [{ field: "started_at", direction: newestFirst ? "desc" : "asc" }],
    paths: [],
  };
}
