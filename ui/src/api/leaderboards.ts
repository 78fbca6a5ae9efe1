/** Published leaderboards: the list of them, and one with its values. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";
import { keptOf } from "./kept";

export type Board = Schema<"LeaderboardRes">;
export type BoardColumn = Schema<"LeaderboardResColumn">;
export type BoardRow = Schema<"LeaderboardRow">;
export type BoardCell = Schema<"LeaderboardCell">;
export type BoardItem = Schema<"ObjSchema">;

const PAGE = 50;

/** The newest versions of all leaderboards, without their values; the newest first. */
export function useLeaderboards(project: string) {
  return useInfiniteQuery({
    queryKey: ["leaderboards", project],
    initialPageParam: 0,
    queryFn: async ({ pageParam, signal }) => {
      const filter = { base_object_classes: ["Leaderboard"], is_op: false, latest_only: true };
      const sort_by = [{ field: "created_at", direction: "desc" as const }];
      const body = { project_id: project, filter, sort_by, limit: PAGE, offset: pageParam, metadata_only: true };
      return (await answer(api.POST("/objs/query", { body, signal }))).objs;
    },
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length * PAGE),
    staleTime: 10_000,
  });
}

/** A leaderboard with the newest finished run of every model in every column. */
export function useLeaderboard(project: string, name: string, version = "latest") {
  return useQuery({
    queryKey: ["leaderboard", project, name, version],
    queryFn: ({ signal }) => answer(api.POST("/weft/v1/leaderboard", { body: { project_id: project, object_id: name, version }, signal })),
    placeholderData: keptOf("leaderboard", project, name),
    staleTime: 30_000,
  });
}
