/** Feedback: what people and scorers say of calls and objects, as rows of a list and as one's own answers. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";

export type FeedbackRow = Schema<"FeedbackPreview">;
export const NOTE = "wandb.note.1";
const PAGE = 50;

export async function createFeedback(project: string, ref: string, type: string, payload: Record<string, unknown>): Promise<void> {
  await answer(api.POST("/feedback/create", { body: { project_id: project, weave_ref: ref, feedback_type: type, payload } }));
}

/** Feedback, the newest first, page after page as far as was scrolled. */
export function useFeedbackRows(project: string, query: object | null, sort: { field: string; direction: "asc" | "desc" }[]) {
  return useInfiniteQuery({
    queryKey: ["feedback-rows", project, query, sort],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      answer(api.POST("/weft/v1/feedback/previews", { body: { project_id: project, query: query as never, sort_by: sort, limit: PAGE, offset: pageParam }, signal })),
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** Who gave feedback of a type, or of any. */
export function useAnnotators(project: string, type: string) {
  return useQuery({
    queryKey: ["annotators", project, type],
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/feedback/annotators", { params: { query: { project_id: project, feedback_type: type } }, signal })),
    staleTime: 30_000,
  });
}

/** Something to say of a call for a queue. */
export interface Saying {
  type: string;
  payload: Record<string, unknown>;
  annotationRef?: string;
}

interface Said {
  id: string;
  feedback_type: string;
  payload: Record<string, unknown>;
}

export interface Target {
  callId: string;
  queueId: string;
  user: string;
}

const equal = (field: string, value: string) => ({ $eq: [{ $getField: field }, { $literal: value }] });

/** What the caller said of a call for a queue. */
export async function ownSayings(project: string, target: Target, signal?: AbortSignal): Promise<Said[]> {
  const about = equal("weave_ref", `weave:///${project}/call/${target.callId}`);
  const query = { $expr: { $and: [about, equal("queue_id", target.queueId), equal("wb_user_id", target.user)] } };
  const fields = ["id", "feedback_type", "payload"];
  const sort_by = [{ field: "created_at", direction: "desc" as const }];
  return (await answer(api.POST("/feedback/query", { body: { project_id: project, fields, query: query as never, sort_by, limit: 200 }, signal }))).result as unknown as Said[];
}

/**
 * Make the caller's word on a call for a queue what is given: new answers are added, changed ones replaced, others
 * removed. Doing it again changes nothing, so it may be tried again after a failure.
 */
export async function saveSayings(project: string, target: Target, sayings: readonly Saying[]): Promise<void> {
  const said = await ownSayings(project, target);
  const rowOf = ({ type, payload, annotationRef }: Saying) => ({
    project_id: project,
    weave_ref: `weave:///${project}/call/${target.callId}`,
    feedback_type: type,
    payload,
    annotation_ref: annotationRef ?? null,
    queue_id: target.queueId,
  });
  const fresh: Saying[] = [];
  const kept = new Set<string>();
  for (const saying of sayings) {
    const old = said.find((one) => one.feedback_type === saying.type && !kept.has(one.id));
    if (!old) fresh.push(saying);
    else {
      kept.add(old.id);
      if (JSON.stringify(old.payload) !== JSON.stringify(saying.payload)) await answer(api.POST("/feedback/replace", { body: { ...rowOf(saying), feedback_id: old.id } as never }));
    }
  }
  const gone = said.filter((one) => !kept.has(one.id));
  if (gone.length > 0) await answer(api.POST("/feedback/purge", { body: { project_id: project, query: { $expr: { $or: gone.map((one) => equal("id", one.id)) } } as never } }));
  if (fresh.length > 0) await answer(api.POST("/feedback/batch/create", { body: { batch: fresh.map(rowOf) as never } }));
}
