/** Annotation queues: which there are, what is in them, who has what, and being handed the next item. */
import { useQuery } from "@tanstack/react-query";
import { allLines, answer, api, type Schema } from "./client";
import { keptOf } from "./kept";
import { type ObjectVersion, readObject } from "./objects";
import type { Preview } from "./previews";
import { refOfObject, type SpecVersion } from "./specs";

export type Queue = Schema<"AnnotationQueueSchema">;
export type QueueItem = Schema<"AnnotationQueueItemSchema">;
export type QueueWork = Schema<"QueueWorkRes">;
export type Handed = Schema<"QueueNextRes">;
export type ItemState = QueueItem["annotation_state"];

export const QUEUES = 50;
export const ITEMS = 50;
/** Seconds for which an item that is on the screen is given to nobody else; it is asked for again while it stays there. */
export const LEASE_SECONDS = 1800;

export const listQueues = (project: string): Promise<Queue[]> => allLines<Queue>("/annotation_queues/query", { project_id: project });

const at = (queue_id: string) => ({ path: { queue_id } });

/** A page of queues with how far each is. */
export function useQueues(project: string, page: number) {
  return useQuery({
    queryKey: ["queues", project, page],
    queryFn: async ({ signal }) => {
      const queues = await allLines<Queue>("/annotation_queues/query", { project_id: project, limit: QUEUES, offset: page * QUEUES }, signal);
      if (queues.length === 0) return [];
      const ids = queues.map((queue) => queue.id);
      const { stats } = await answer(api.POST("/annotation_queues/stats", { body: { project_id: project, queue_ids: ids }, signal }));
      const counts = new Map(stats.map((one) => [one.queue_id, one]));
      return queues.map((queue) => ({ ...queue, total: counts.get(queue.id)?.total_items ?? 0, done: counts.get(queue.id)?.completed_items ?? 0 }));
    },
    placeholderData: keptOf("queues", project),
  });
}

export type CountedQueue = Queue & { total: number; done: number };

export function useQueue(project: string, id: string) {
  return useQuery({
    queryKey: ["queue", project, id],
    queryFn: async ({ signal }) => (await answer(api.GET("/annotation_queues/{queue_id}", { params: { ...at(id), query: { project_id: project } }, signal }))).queue,
  });
}

/** Who did what in a queue and who has which item now; asked again while it is looked at. */
export function useWork(project: string, id: string) {
  return useQuery({
    queryKey: ["queue-work", project, id],
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/annotation_queues/{queue_id}/work", { params: { ...at(id), query: { project_id: project } }, signal })),
    refetchInterval: 15_000,
  });
}

/** A page of the items of a queue, in its order, with their places. */
export function useItems(project: string, id: string, states: ItemState[], page: number) {
  return useQuery({
    queryKey: ["queue-items", project, id, states, page],
    queryFn: async ({ signal }) => {
      const body = { project_id: project, filter: { annotation_states: states }, limit: ITEMS, offset: page * ITEMS, include_position: true };
      return (await answer(api.POST("/annotation_queues/{queue_id}/items/query", { params: at(id), body, signal }))).items;
    },
    placeholderData: keptOf("queue-items", project, id),
    refetchInterval: 15_000,
  });
}

/** The calls of some items as rows; those that were deleted are missing. */
export function useItemCalls(project: string, ids: string[]) {
  return useQuery({
    queryKey: ["item-calls", project, ids],
    enabled: ids.length > 0,
    queryFn: ({ signal }) => allLines<Preview>("/weft/v1/calls/previews", { project_id: project, filter: { call_ids: ids }, paths: ["inputs", "output"], limit: ids.length, include_scores: true }, signal),
    placeholderData: keptOf("item-calls", project),
  });
}

/** The specs that a queue asks about, in its order; those that are gone are left out and counted. */
export function useRubric(project: string, queue: Queue | undefined) {
  return useQuery({
    queryKey: ["rubric", project, queue?.scorer_refs],
    enabled: queue !== undefined,
    staleTime: 60_000,
    queryFn: async () => {
      const found = await Promise.all((queue?.scorer_refs ?? []).map((ref) => specOf(project, ref)));
      return { specs: found.filter((spec) => spec !== null), missing: found.filter((spec) => spec === null).length };
    },
  });
}

async function specOf(project: string, ref: string): Promise<SpecVersion | null> {
  const named = /\/object\/([^/:]+):([^/:]+)$/.exec(ref);
  if (!named) return null;
  let version: ObjectVersion;
  try {
    version = await readObject(project, decodeURIComponent(named[1]!), named[2]!);
  } catch (error) {
    // One that was deleted must not keep people from the others.
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
  return { ref: refOfObject(project, version), id: version.object_id, val: version.val };
}

export async function createQueue(project: string, queue: { name: string; description: string; scorer_refs: string[] }): Promise<string> {
  return (await answer(api.POST("/annotation_queues", { body: { project_id: project, ...queue } }))).id;
}

export async function changeQueue(project: string, id: string, queue: { name: string; description: string; scorer_refs: string[] }): Promise<void> {
  await answer(api.PUT("/annotation_queues/{queue_id}", { params: at(id), body: { project_id: project, ...queue } }));
}

export async function deleteQueue(project: string, id: string): Promise<void> {
  await answer(api.DELETE("/annotation_queues/{queue_id}", { params: { ...at(id), query: { project_id: project } } }));
}

export async function addToQueue(project: string, queueId: string, callIds: string[], fields: string[] = ["inputs", "output"]): Promise<Schema<"AnnotationQueueAddCallsRes">> {
  const body = { project_id: project, call_ids: callIds, display_fields: fields };
  return answer(api.POST("/annotation_queues/{queue_id}/items", { params: at(queueId), body }));
}

/** The item that the caller has open, else the next that nobody has. */
export async function takeNext(project: string, id: string): Promise<Handed> {
  return answer(api.POST("/weft/v1/annotation_queues/{queue_id}/next", { params: at(id), body: { project_id: project, lease_seconds: LEASE_SECONDS } }));
}

/** The item that the caller finished last, open again. */
export async function takeBack(project: string, id: string): Promise<Handed> {
  return answer(api.POST("/weft/v1/annotation_queues/{queue_id}/back", { params: at(id), body: { project_id: project, lease_seconds: LEASE_SECONDS } }));
}

/** Say what became of an item; `in_progress` keeps it for the caller for another while. */
export async function progressItem(project: string, item: QueueItem, state: "in_progress" | "completed" | "skipped"): Promise<void> {
  const path = { queue_id: item.queue_id, item_id: item.id };
  await answer(api.POST("/annotation_queues/{queue_id}/items/{item_id}/progress", { params: { path }, body: { project_id: project, annotation_state: state } }));
}
