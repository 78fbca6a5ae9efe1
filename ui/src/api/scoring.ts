/** Scoring jobs and tasks: what was asked for, where each stands, and why. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";

export function useJobs(project: string) {
  return useQuery({
    queryKey: ["jobs", project],
    queryFn: async () => (await answer(api.GET("/weft/v1/scoring/jobs", { params: { query: { project_id: project } } }))).jobs,
    refetchInterval: 2000,
  });
}

export type Job = NonNullable<ReturnType<typeof useJobs>["data"]>[number];

export async function listTasks(project: string, by: { call_id: string } | { job_id: string }) {
  return (await answer(api.GET("/weft/v1/scoring/tasks", { params: { query: { project_id: project, ...by } } }))).tasks;
}

export type Task = Awaited<ReturnType<typeof listTasks>>[number];

export const useTasks = (project: string, by: { call_id: string } | { job_id: string }, refetchInterval: number | false = false) =>
  useQuery({ queryKey: ["tasks", project, by], queryFn: () => listTasks(project, by), refetchInterval });

export async function retryJob(id: string): Promise<void> {
  await answer(api.POST("/weft/v1/scoring/jobs/{job_id}/retry", { params: { path: { job_id: id } } }));
}

export async function askForScores(project: string, callIds: string[], scorerRefs: string[]): Promise<void> {
  await answer(api.POST("/calls/score", { body: { project_id: project, call_ids: callIds, scorer_refs: scorerRefs } }));
}

export type ExplainedMonitor = Schema<"ExplainedMonitor">;
export type ExplainedScore = Schema<"ExplainedScore">;

/** Why a call was scored, or was not. */
export const useExplanation = (project: string, callId: string) =>
  useQuery({
    queryKey: ["explain", project, callId],
    queryFn: () => answer(api.GET("/weft/v1/scoring/explain", { params: { query: { project_id: project, call_id: callId } } })),
  });
