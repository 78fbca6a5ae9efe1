/** Saved views of traces: objects of the builtin class SavedView, as SDKs publish them too. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";
import type { CallsFilter } from "./previews";

/** What a view says about a list of calls; other things that it may say are kept by whoever wrote them. */
export interface ViewDefinition {
  filter?: CallsFilter | null;
  query?: { $expr: Record<string, unknown> } | null;
  columns?: { path?: (string | number)[] | null; label?: string | null }[] | null;
  sort_by?: { field: string; direction: "asc" | "desc" }[] | null;
}

export interface SavedView {
  /** The object's name, which addresses carry. */
  name: string;
  label: string;
  digest: string;
  definition: ViewDefinition;
}

const key = (project: string) => ["saved views", project];

function viewOf(object: Schema<"ObjSchema">): SavedView | null {
  const val = object.val as { view_type?: string; label?: string; definition?: ViewDefinition } | null;
  if (val?.view_type !== "traces") return null;
  return { name: object.object_id, label: val.label || object.object_id, digest: object.digest, definition: (plain(val.definition) as ViewDefinition | null) ?? {} };
}

const MARKS = ["_type", "_class_name", "_bases"];

/** Without what SDKs note of the classes that values were of. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !MARKS.includes(name)).map(([name, inner]) => [name, plain(inner)]));
}

export function useSavedViews(project: string, enabled: boolean) {
  return useQuery({
    queryKey: key(project),
    enabled,
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const filter = { base_object_classes: ["SavedView"], latest_only: true };
      const found = await answer(api.POST("/objs/query", { body: { project_id: project, filter, limit: 200 }, signal }));
      return found.objs.map(viewOf).filter((view) => view !== null);
    },
  });
}

export function useSaveView(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, label, definition }: Omit<SavedView, "digest">) => {
      const val = { _type: "SavedView", _class_name: "SavedView", _bases: ["BaseObject", "BaseModel"], name: label, description: null, view_type: "traces", label, definition };
      return answer(api.POST("/obj/create", { body: { obj: { project_id: project, object_id: name, val, builtin_object_class: "SavedView" } } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: key(project) }),
  });
}

export function useDeleteView(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => answer(api.POST("/obj/delete", { body: { project_id: project, object_id: name } })),
    onSuccess: () => client.invalidateQueries({ queryKey: key(project) }),
  });
}
