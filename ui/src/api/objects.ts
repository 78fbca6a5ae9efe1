/** Published objects and ops: lists, versions, values, labels, differences, and what can be done to them. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, fileOf, type Schema } from "./client";
import { keptOf } from "./kept";

export type ObjectVersion = Schema<"ObjSchema">;
export type ListedObject = Schema<"ListedObject">;
export type ListedVersion = Schema<"ListedVersion">;
export type Family = ListedObject["family"];
export type RowPreview = Schema<"TableRowPreview">;
export type ObjectDiff = Schema<"ObjectDiffRes">;
export type RowChange = Schema<"RowChange">;
export type ValueChange = Schema<"ValueChange">;
export type Row = Record<string, unknown>;

const PAGE = 50;
const DIFF_PAGE = 25;

export interface ObjectsWanted {
  family: Family | undefined;
  search: string;
  sort: "-published" | "published" | "name" | "-name";
}

export async function listObjects(project: string, filter: Schema<"ObjectVersionFilter">): Promise<ObjectVersion[]> {
  return (await answer(api.POST("/objs/query", { body: { project_id: project, filter, metadata_only: true } }))).objs;
}

/** The objects of a project by their newest versions, page after page. */
export function useObjectList(project: string, wanted: ObjectsWanted) {
  return useInfiniteQuery({
    queryKey: ["object-list", project, wanted],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => answer(api.GET("/weft/v1/objects", { params: { query: { project_id: project, ...wanted, limit: PAGE, offset: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keptOf("object-list", project),
    staleTime: 10_000,
  });
}

/** The versions of one object, newest first, page after page. */
export function useVersions(project: string, name: string, kind: string) {
  return useInfiniteQuery({
    queryKey: ["versions", project, name, kind],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      answer(api.GET("/weft/v1/objects/versions", { params: { query: { project_id: project, object_id: name, kind: kind === "op" ? "op" : "object", limit: PAGE, offset: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_offset ?? undefined,
  });
}

export async function readObject(project: string, name: string, digest: string): Promise<ObjectVersion> {
  return (await answer(api.POST("/obj/read", { body: { project_id: project, object_id: name, digest, include_tags_and_aliases: true } }))).obj;
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

/** Rows of a table with long values shortened, page after page; `sort` is a path, with a minus before it descending. */
export function useRows(project: string, table: string, sort: string) {
  return useInfiniteQuery({
    queryKey: ["rows", project, table, sort],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => answer(api.GET("/weft/v1/tables/rows", { params: { query: { project_id: project, digest: table, sort: sort || undefined, limit: PAGE, offset: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keptOf("rows", project, table),
    staleTime: Infinity,
  });
}

/** One row as it is stored; null when the table has none at that place. */
export function useRow(project: string, table: string, index: number) {
  return useQuery({
    queryKey: ["row", project, table, index],
    queryFn: async () => ((await answer(api.POST("/table/query", { body: { project_id: project, digest: table, limit: 1, offset: index } }))).rows[0]?.val ?? null) as Row | null,
    staleTime: Infinity,
  });
}

/** Where two versions differ; further pages bring further rows. */
export function useDiff(project: string, name: string, from: string, to: string) {
  return useInfiniteQuery({
    queryKey: ["object-diff", project, name, from, to],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => answer(api.GET("/weft/v1/objects/diff", { params: { query: { project_id: project, object_id: name, from, to, limit: DIFF_PAGE, offset: pageParam } }, signal })),
    getNextPageParam: (last) => last.rows?.next_offset ?? undefined,
  });
}

export type TableUpdate = Schema<"TableUpdateReq">["updates"][number];

/** Publish a dataset with other rows as a new version; what else it holds stays. Answers the digest of the version. */
export async function publishRows(project: string, dataset: ObjectVersion, table: string, updates: TableUpdate[]): Promise<string> {
  const changed = await answer(api.POST("/table/update", { body: { project_id: project, base_digest: table, updates } }));
  const val = { ...(dataset.val as Row), rows: `weave:///${project}/table/${changed.digest}` };
  return (await answer(api.POST("/obj/create", { body: { obj: { project_id: project, object_id: dataset.object_id, val } } }))).digest;
}

export async function deleteVersions(project: string, name: string, digests: string[]): Promise<number> {
  return (await answer(api.POST("/obj/delete", { body: { project_id: project, object_id: name, digests } }))).num_deleted;
}

export type Label = "tag" | "alias";

/** Give a version a tag or an alias; an alias leaves the version that it named before. */
export async function addLabel(project: string, version: ObjectVersion, label: Label, name: string): Promise<void> {
  const { object_id, digest } = version;
  if (label === "tag") await answer(api.PUT("/objs/{object_id}/versions/{digest}/tags", { params: { path: { object_id, digest } }, body: { project_id: project, tags: [name] } }));
  else await answer(api.PUT("/objs/{object_id}/aliases", { params: { path: { object_id } }, body: { project_id: project, digest, aliases: [name] } }));
}

export async function removeLabel(project: string, version: ObjectVersion, label: Label, name: string): Promise<void> {
  const { object_id, digest } = version;
  if (label === "tag") await answer(api.POST("/objs/{object_id}/versions/{digest}/tags/remove", { params: { path: { object_id, digest } }, body: { project_id: project, tags: [name] } }));
  else await answer(api.POST("/objs/{object_id}/aliases/remove", { params: { path: { object_id } }, body: { project_id: project, aliases: [name] } }));
}

/** The evaluation runs of a dataset, a model or an evaluation. */
export function useRunsOf(project: string, where: { datasets?: string[]; models?: string[]; evaluations?: string[] } | null) {
  return useQuery({
    queryKey: ["runs-of", project, where],
    enabled: where !== null,
    queryFn: ({ signal }) => answer(api.POST("/weft/v1/evaluations/runs", { body: { project_id: project, ...where, limit: 25 }, signal })),
  });
}

/** The versions that a filter of the contract finds, without values. For choosing one of a few, such as a scorer. */
export const useObjects = (project: string, filter: Schema<"ObjectVersionFilter">, enabled = true) =>
  useQuery({ queryKey: ["objects", project, filter], queryFn: () => listObjects(project, filter), enabled });
