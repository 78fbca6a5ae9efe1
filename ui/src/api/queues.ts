/** Annotation queues: which there are, and putting calls into one. */
import { allLines, answer, api, type Schema } from "./client";

export type Queue = Schema<"AnnotationQueueSchema">;

export const listQueues = (project: string): Promise<Queue[]> => allLines<Queue>("/annotation_queues/query", { project_id: project });

export async function addToQueue(project: string, queueId: string, callIds: string[], fields: string[] = ["inputs", "output"]): Promise<void> {
  const body = { project_id: project, call_ids: callIds, display_fields: fields };
  await answer(api.POST("/annotation_queues/{queue_id}/items", { params: { path: { queue_id: queueId } }, body }));
}
