/** Monitors: which there are, publishing versions of them, back-fills over past calls, and how their scores are distributed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { MonitorValue } from "@/domain/monitors";
import { answer, api, type Schema } from "./client";

export type MonitorItem = Schema<"MonitorItem">;
export type Backfill = Schema<"MonitorBackfillItem">;
export type Distributions = Schema<"FeedbackDistributionsRes">;
export type FieldDistribution = Schema<"FieldDistribution">;

const BACKFILLS = 50;
const MOST = 200;

export const useMonitors = (project: string) =>
  useQuery({
    queryKey: ["monitors", project],
    queryFn: async ({ signal }) => (await answer(api.GET("/weft/v1/monitors", { params: { query: { project_id: project } }, signal }))).monitors,
    refetchInterval: 15_000,
  });

/** Publish a version of a monitor; active ones take effect with the answer. */
export async function publishMonitor(project: string, name: string, val: MonitorValue): Promise<void> {
  await answer(api.POST("/obj/create", { body: { obj: { project_id: project, object_id: name, val } } }));
}

/** What a version of a monitor is made of. */
export const useMonitorValue = (project: string, name: string, digest = "latest") =>
  useQuery({
    queryKey: ["monitor", project, name, digest],
    queryFn: async ({ signal }) => (await answer(api.POST("/obj/read", { body: { project_id: project, object_id: name, digest }, signal }))).obj,
  });

/** The newest scores that these versions of a monitor asked for, in short. */
export const useLatestScores = (project: string, refs: readonly string[]) =>
  useQuery({
    queryKey: ["monitor-latest", project, refs],
    enabled: refs.length > 0,
    queryFn: async ({ signal }) => {
      const query = { $expr: { $in: [{ $getField: "trigger_ref" }, refs.map((ref) => ({ $literal: ref }))] } };
      return (await answer(api.POST("/weft/v1/feedback/previews", { body: { project_id: project, query: query as never, limit: 20 }, signal }))).rows;
    },
    refetchInterval: 5000,
  });

export type ScorePreview = Schema<"FeedbackPreview">;

/** The versions of an object without their values, newest first. */
export const useVersions = (project: string, name: string) =>
  useQuery({
    queryKey: ["versions", project, name],
    queryFn: async ({ signal }) => {
      const body = { project_id: project, filter: { object_ids: [name], is_op: false }, metadata_only: true, limit: MOST, sort_by: [{ field: "created_at", direction: "desc" as const }] };
      return (await answer(api.POST("/objs/query", { body, signal }))).objs;
    },
  });

/** Names of the ops of a project. */
export const useOpNames = (project: string) =>
  useQuery({
    queryKey: ["op-names", project],
    queryFn: async ({ signal }) => {
      const body = { project_id: project, filter: { latest_only: true, is_op: true }, metadata_only: true, limit: MOST };
      return (await answer(api.POST("/objs/query", { body, signal }))).objs.map((op) => op.object_id);
    },
    staleTime: 30_000,
  });

/** Back-fills of the project, newest first; asked for again while one walks or scores. */
export const useBackfills = (project: string) =>
  useQuery({
    queryKey: ["backfills", project],
    queryFn: async ({ signal }) => (await answer(api.GET("/weft/v1/monitors/backfills", { params: { query: { project_id: project, limit: BACKFILLS } }, signal }))).backfills,
    refetchInterval: ({ state }) => (state.data?.some((backfill) => !backfill.done) ? 2000 : 15_000),
  });

export const useBackfill = (id: string) =>
  useQuery({
    queryKey: ["backfill", id],
    enabled: id !== "",
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/monitors/backfills/{backfill_id}", { params: { path: { backfill_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.done ? false : 1000),
    placeholderData: keepPreviousData,
  });

export const startBackfill = (project: string, name: string, span: { start: string | null; end: string | null }, dryRun: boolean): Promise<Backfill> =>
  answer(api.POST("/weft/v1/monitors/backfill", { body: { project_id: project, monitor_ref: name, ...span, dry_run: dryRun } }));

export const cancelBackfill = (id: string): Promise<Backfill> => answer(api.POST("/weft/v1/monitors/backfills/{backfill_id}/cancel", { params: { path: { backfill_id: id } } }));

/** How the scores of one type that any version of a monitor asked for are distributed since then. */
export const useScoreDistributions = (project: string, feedbackType: string, triggerRef: string, start: string) =>
  useQuery({
    queryKey: ["monitor-scores", project, feedbackType, triggerRef, start],
    queryFn: ({ signal }) => {
      const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const body = { project_id: project, feedback_type: feedbackType, trigger_ref: triggerRef, start, timezone, bins: 20 };
      return answer(api.POST("/weft/v1/feedback/distributions", { body, signal }));
    },
    placeholderData: keepPreviousData,
  });
