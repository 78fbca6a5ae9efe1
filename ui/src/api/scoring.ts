/** Scoring: the queue, jobs and tasks with their states and reasons, asking for scores and trying failed ones again. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";
import { keptOf } from "./kept";

export type Queue = Schema<"ScoringQueueRes">;
export type Worker = Schema<"ScoringWorkerRes">;
export type Job = Schema<"ScoringJob">;
export type Task = Schema<"ScoringTask">;
export type TaskGroup = Schema<"ScoringTaskCount">;
export type ExplainedMonitor = Schema<"ExplainedMonitor">;
export type ExplainedScore = Schema<"ExplainedScore">;
export type Explanation = Schema<"ScoringExplanation">;
export type ObjectVersion = Schema<"ObjSchema">;

/** Of which job or monitor; all of the project when empty. */
export interface Scope {
  job_id?: string;
  trigger_ref?: string;
}

/** Which tasks of a scope; refs of scorers may end in `:*`. */
export interface Which extends Scope {
  state?: string;
  scorer_ref?: string;
  reason?: string;
}

export const JOBS = 50;
const TASKS = 50;
const SCORERS = 200;
const [BUSY, QUIET] = [2000, 10_000];

export const useScoringQueue = (project: string) =>
  useQuery({
    queryKey: ["scoring-queue", project],
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/scoring/queue", { params: { query: { project_id: project } }, signal })),
    refetchInterval: ({ state }) => (state.data && Object.values(state.data.depth).some((count) => count > 0) ? BUSY : QUIET),
  });

export const useWorker = () =>
  useQuery({ queryKey: ["scoring-worker"], queryFn: ({ signal }) => answer(api.GET("/weft/v1/scoring/worker", { signal })), refetchInterval: 5000 });

/** A page of jobs, asked for again while any of them is not done. */
export const useJobs = (project: string, page: number) =>
  useQuery({
    queryKey: ["scoring-jobs", project, page],
    queryFn: async ({ signal }) =>
      (await answer(api.GET("/weft/v1/scoring/jobs", { params: { query: { project_id: project, limit: JOBS, offset: page * JOBS } }, signal }))).jobs,
    refetchInterval: ({ state }) => (state.data?.some((job) => !job.done) ? BUSY : QUIET),
    placeholderData: keptOf("scoring-jobs", project),
  });

export const useJob = (id: string) =>
  useQuery({
    queryKey: ["scoring-job", id],
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/scoring/jobs/{job_id}", { params: { path: { job_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data && !state.data.done ? BUSY : QUIET),
  });

/** Page after page of tasks; asked for again while `live`. */
export const useTasks = (project: string, which: Which, live: boolean) =>
  useInfiniteQuery({
    queryKey: ["scoring-tasks", project, which],
    initialPageParam: 0,
    queryFn: async ({ pageParam, signal }) =>
      (await answer(api.GET("/weft/v1/scoring/tasks", { params: { query: { project_id: project, ...which, limit: TASKS, offset: pageParam } }, signal }))).tasks,
    getNextPageParam: (last, pages) => (last.length < TASKS ? undefined : pages.length * TASKS),
    refetchInterval: live ? BUSY : false,
    placeholderData: keptOf("scoring-tasks", project),
  });

export const useTask = (id: string) =>
  useQuery({
    queryKey: ["scoring-task", id],
    enabled: id !== "",
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/scoring/tasks/{task_id}", { params: { path: { task_id: id } }, signal })),
    refetchInterval: BUSY,
  });

const OPEN = ["queued", "running", "retrying"];

/** Whether any task of these counts has not ended. */
export const isOpen = (counts: Readonly<Record<string, number>>) => OPEN.some((state) => (counts[state] ?? 0) > 0);

/** How many tasks there are by state, and the largest groups of them by scorer and reason. */
export const useTaskCounts = (project: string, scope: Scope & { since?: string }) =>
  useQuery({
    queryKey: ["scoring-counts", project, scope],
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/scoring/task_counts", { params: { query: { project_id: project, ...scope } }, signal })),
    refetchInterval: ({ state }) => (state.data && isOpen(state.data.states) ? BUSY : QUIET),
    placeholderData: keptOf("scoring-counts", project),
  });

/** Queue failed tasks again: those named, or all that `which` finds; how many. */
export async function retryTasks(project: string, which: Omit<Which, "state"> & { task_ids?: string[] }): Promise<number> {
  return (await answer(api.POST("/weft/v1/scoring/retry", { body: { project_id: project, ...which } }))).retried;
}

export async function askForScores(project: string, callIds: string[], scorerRefs: string[]): Promise<void> {
  await answer(api.POST("/calls/score", { body: { project_id: project, call_ids: callIds, scorer_refs: scorerRefs } }));
}

/** Why a call was scored, or was not; by one monitor only when it is named. */
export const useExplanation = (project: string, callId: string, monitor = "") =>
  useQuery({
    queryKey: ["explain", project, callId, monitor],
    enabled: callId !== "",
    queryFn: ({ signal }) =>
      answer(api.GET("/weft/v1/scoring/explain", { params: { query: { project_id: project, call_id: callId, ...(monitor ? { monitor } : {}) } }, signal })),
  });

/** The newest versions of everything that scores and is stored as an object; functions that score are ops. */
export const useScorers = (project: string, enabled = true) =>
  useQuery({
    queryKey: ["scorers", project, "latest"],
    enabled,
    queryFn: async ({ signal }) => {
      const body = { project_id: project, filter: { base_object_classes: ["Scorer"], latest_only: true, is_op: false }, metadata_only: true, limit: SCORERS };
      return (await answer(api.POST("/objs/query", { body, signal }))).objs;
    },
  });
