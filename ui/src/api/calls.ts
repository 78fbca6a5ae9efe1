/** Calls as the API gives them, and the questions the pages ask about them. */
import { post, postLines } from "./client";

export interface Feedback {
  id: string;
  feedback_type: string;
  payload: Record<string, unknown>;
  creator: string | null;
  created_at: string;
  call_ref?: string | null;
}

export interface Call {
  id: string;
  op_name: string;
  display_name: string | null;
  trace_id: string;
  parent_id: string | null;
  started_at: string;
  ended_at: string | null;
  exception: string | null;
  inputs: Record<string, unknown>;
  output: unknown;
  attributes: Record<string, unknown>;
  summary: { weave?: { status?: string; latency_ms?: number; feedback?: Feedback[] } } & Record<string, unknown>;
}

const LIGHT = ["op_name", "display_name", "parent_id", "started_at", "ended_at", "exception", "summary"];

export function listRootCalls(project: string, limit: number, offset: number): Promise<Call[]> {
  return postLines<Call>("/calls/stream_query", {
    project_id: project,
    filter: { trace_roots_only: true },
    sort_by: [{ field: "started_at", direction: "desc" }],
    columns: LIGHT,
    limit,
    offset,
  });
}

export function listTrace(project: string, traceId: string): Promise<Call[]> {
  return postLines<Call>("/calls/stream_query", {
    project_id: project,
    filter: { trace_ids: [traceId] },
    columns: LIGHT,
  });
}

export async function readCall(project: string, id: string): Promise<Call | null> {
  const lines = await postLines<Call>("/calls/stream_query", {
    project_id: project,
    filter: { call_ids: [id] },
    include_feedback: true,
  });
  return lines[0] ?? null;
}

export function listEvaluationRuns(project: string): Promise<Call[]> {
  return postLines<Call>("/calls/stream_query", {
    project_id: project,
    filter: { op_names: [`weave:///${project}/op/Evaluation.evaluate:*`] },
    sort_by: [{ field: "started_at", direction: "desc" }],
    limit: 200,
  });
}

export interface Trial {
  predict_call_id: string | null;
  predict_and_score_call_id: string;
  model_output: unknown;
  scores: Record<string, unknown>;
  model_latency_seconds: number | null;
}

export interface ResultRow {
  row_digest: string;
  raw_data_row: unknown;
  evaluations: { evaluation_call_id: string; trials: Trial[] }[];
}

export function queryResults(project: string, run: string): Promise<{ rows: ResultRow[]; total_rows: number }> {
  return post(`/v2/${project}/eval_results/query`, {
    evaluation_call_ids: [run],
    include_raw_data_rows: true,
    resolve_row_refs: true,
    limit: 200,
  });
}
