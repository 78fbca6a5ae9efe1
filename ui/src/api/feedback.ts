/** Feedback: what people and scorers say of calls and objects. */
import { answer, api } from "./client";

export async function createFeedback(project: string, ref: string, type: string, payload: Record<string, unknown>): Promise<void> {
  await answer(api.POST("/feedback/create", { body: { project_id: project, weave_ref: ref, feedback_type: type, payload } }));
}
