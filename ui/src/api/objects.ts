/** Published objects and ops. */
import { post, postText } from "./client";

export interface ObjectVersion {
  object_id: string;
  digest: string;
  version_index: number;
  is_latest: number;
  kind: string;
  base_object_class: string | null;
  created_at: string;
  val: unknown;
}

export async function listObjects(project: string): Promise<ObjectVersion[]> {
  const filter = { latest_only: true, is_op: false };
  const answer = await post<{ objs: ObjectVersion[] }>("/objs/query", {
    project_id: project,
    filter,
    metadata_only: true,
  });
  return answer.objs;
}

export async function readObject(project: string, name: string, digest: string): Promise<ObjectVersion> {
  const body = { project_id: project, object_id: name, digest };
  return (await post<{ obj: ObjectVersion }>("/obj/read", body)).obj;
}

export async function listVersions(project: string, name: string): Promise<ObjectVersion[]> {
  const body = { project_id: project, filter: { object_ids: [name] }, metadata_only: true };
  return (await post<{ objs: ObjectVersion[] }>("/objs/query", body)).objs;
}

/** The source text of an op, when one was captured. */
export async function readSource(project: string, op: ObjectVersion): Promise<string | null> {
  const files = (op.val as { files?: Record<string, string> } | null)?.files;
  const digest = files?.["obj.py"];
  return digest ? postText("/file/content", { project_id: project, digest }) : null;
}
