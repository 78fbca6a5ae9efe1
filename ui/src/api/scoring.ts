/** Scoring jobs and tasks: what was asked for, where each stands, and why. */
import { get, post } from "./client";

export interface Job {
  id: string;
  created_at: string;
  counts: Record<string, number>;
  total: number;
}

export interface Task {
  id: string;
  job_id: string;
  call_id: string;
  scorer_ref: string;
  state: string;
  reason: string | null;
  attempts: number;
  updated_at: string;
}

const query = (values: Record<string, string>) => new URLSearchParams(values).toString();

export async function listJobs(project: string): Promise<Job[]> {
  return (await get<{ jobs: Job[] }>(`/weft/v1/scoring/jobs?${query({ project_id: project })}`)).jobs;
}

export async function listTasks(project: string, by: { call_id: string } | { job_id: string }): Promise<Task[]> {
  return (await get<{ tasks: Task[] }>(`/weft/v1/scoring/tasks?${query({ project_id: project, ...by })}`)).tasks;
}

export async function retryJob(id: string): Promise<void> {
  await post(`/weft/v1/scoring/jobs/${id}/retry`, {});
}
