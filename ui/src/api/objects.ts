/** Published objects and ops. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, fileOf, type Schema } from "./client";

export type ObjectVersion = Schema<"ObjSchema">;

export async function listObjects(project: string, filter: Schema<"ObjectVersionFilter">): Promise<ObjectVersion[]> {
  return (await answer(api.POST("/objs/query", { body: { project_id: project, filter, metadata_only: true } }))).objs;
}

export const useObjects = (project: string, filter: Schema<"ObjectVersionFilter">, enabled = true) =>
  useQuery({ queryKey: ["objects", project, filter], queryFn: () => listObjects(project, filter), enabled });

export async function readObject(project: string, name: string, digest: string): Promise<ObjectVersion> {
  return (await answer(api.POST("/obj/read", { body: { project_id: project, object_id: name, digest } }))).obj;
}

export const useObject = (project: string, name: string, digest: string) =>
  useQuery({ queryKey: ["object", project, name, digest], queryFn: () => readObject(project, name, digest) });

/** The source text of an op, null when none was captured. */
export async function readSource(project: string, op: ObjectVersion): Promise<string | null> {
  const digest = (op.val as { files?: Record<string, string> } | null)?.files?.["obj.py"];
  return digest ? (await fileOf(project, digest)).text() : null;
}

export const useSource = (project: string, op: ObjectVersion) =>
  useQuery({ queryKey: ["source", project, op.object_id, op.digest], queryFn: () => readSource(project, op) });
