/** Annotation specs: published objects that say what people are asked and which answers there are. */
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "./client";
import type { ObjectVersion } from "./objects";

export interface SpecVersion {
  ref: string;
  /** The name of the object, which is that of its annotations too. */
  id: string;
  val: unknown;
}

export const refOfObject = (project: string, version: Pick<ObjectVersion, "object_id" | "digest">) => `weave:///${project}/object/${version.object_id}:${version.digest}`;

/** The newest versions of the specs of a project. */
export function useSpecs(project: string) {
  return useQuery({
    queryKey: ["specs", project],
    queryFn: async ({ signal }): Promise<SpecVersion[]> => {
      const filter = { base_object_classes: ["AnnotationSpec"], latest_only: true, is_op: false };
      const { objs } = await answer(api.POST("/objs/query", { body: { project_id: project, filter, limit: 100 }, signal }));
      return objs.map((version) => ({ ref: refOfObject(project, version), id: version.object_id, val: version.val }));
    },
  });
}

/** Publish a spec; a spec of that name gets another version. */
export async function createSpec(project: string, id: string, val: Record<string, unknown>): Promise<string> {
  const obj = { project_id: project, object_id: id, val, builtin_object_class: "AnnotationSpec" };
  const { digest } = await answer(api.POST("/obj/create", { body: { obj } }));
  return refOfObject(project, { object_id: id, digest });
}
