/** Calls: one with its payload, the light rows of a trace, and what can be done to them. */
import { useQuery } from "@tanstack/react-query";
import { allLines, answer, api, lines, type Schema } from "./client";

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

/** What a row of a list needs; no payload. */
export const LIGHT = ["op_name", "display_name", "parent_id", "started_at", "ended_at", "exception", "summary"];

export async function readCall(project: string, id: string, signal?: AbortSignal): Promise<Call | null> {
  const body = { project_id: project, filter: { call_ids: [id] }, include_feedback: true, include_costs: true, include_usernames: true };
  return (await allLines<Call>("/calls/stream_query", body, signal))[0] ?? null;
}

export const useCall = (project: string, id: string) =>
  useQuery({ queryKey: ["call", project, id], queryFn: ({ signal }) => readCall(project, id, signal), staleTime: 5_000 });


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

/** Save whole calls as a file of JSON Lines, as the server sends them. */
export async function exportLines(project: string, ids: string[], name: string): Promise<void> {
  const parts: string[] = [];
  const body = { project_id: project, filter: { call_ids: ids }, include_feedback: true, include_costs: true };
  for await (const call of lines<Call>("/calls/stream_query", body)) parts.push(`${JSON.stringify(call)}\n`);
  const url = URL.createObjectURL(new Blob(parts, { type: "application/jsonl" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
