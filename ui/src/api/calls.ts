/** Calls: one with its payload, the light rows of a trace, and what can be done to them. */
import { useQuery } from "@tanstack/react-query";
import { allLines, answer, api, type Schema } from "./client";

export interface Feedback {
  id: string;
  feedback_type: string;
  payload: Record<string, unknown>;
  creator: string | null;
  created_at: string;
  wb_user_id?: string | null;
  runnable_ref?: string | null;
  annotation_ref?: string | null;
  trigger_ref?: string | null;
  call_ref?: string | null;
}

/** The parts of a summary that the server derives or knows the shape of. */
export interface Summary {
  usage?: Record<string, Record<string, number | null>>;
  weave?: {
    status?: string;
    latency_ms?: number;
    feedback?: Feedback[];
    costs?: Record<string, Record<string, unknown>>;
  };
  [key: string]: unknown;
}

export type Call = Omit<Schema<"CallSchema">, "summary"> & { summary: Summary | null };

/** What a row of a list or a tree needs; no payload. */
export const LIGHT = ["op_name", "display_name", "parent_id", "started_at", "ended_at", "exception", "summary"];

export async function readCall(project: string, id: string, signal?: AbortSignal): Promise<Call | null> {
  const body = { project_id: project, filter: { call_ids: [id] }, include_feedback: true, include_costs: true };
  return (await allLines<Call>("/calls/stream_query", body, signal))[0] ?? null;
}

export const useCall = (project: string, id: string) =>
  useQuery({ queryKey: ["call", project, id], queryFn: ({ signal }) => readCall(project, id, signal), staleTime: 5_000 });

export const useTrace = (project: string, traceId: string | undefined) =>
  useQuery({
    queryKey: ["trace", project, traceId],
    enabled: traceId !== undefined,
    queryFn: ({ signal }) =>
      allLines<Call>("/calls/stream_query", { project_id: project, filter: { trace_ids: [traceId] }, columns: LIGHT, include_costs: true }, signal),
  });

export async function deleteCalls(project: string, ids: string[]): Promise<number> {
  return (await answer(api.POST("/calls/delete", { body: { project_id: project, call_ids: ids } }))).num_deleted;
}

export function listEvaluationRuns(project: string): Promise<Call[]> {
  return allLines<Call>("/calls/stream_query", {
    project_id: project,
    filter: { op_names: [`weave:///${project}/op/Evaluation.evaluate:*`] },
    sort_by: [{ field: "started_at", direction: "desc" }],
    limit: 200,
  });
}
