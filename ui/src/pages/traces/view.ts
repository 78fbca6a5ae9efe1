/** What the address of the traces says: which calls, in which order, with which columns. Pure. */
import type { Wanted } from "@/api/previews";
import type { ViewDefinition } from "@/api/savedViews";
import { type Condition, conditionOf, contains, type Field, type Filter, queryOf, readFilters } from "@/domain/filters";

export const FIELDS: readonly Field[] = [
  { path: "op_name", label: "Op", kind: "text" },
  {
    path: "summary.weave.status",
    label: "Status",
    kind: "choice",
    choices: [
      { value: "error", label: "error" },
      { value: "descendant_error", label: "error below" },
      { value: "success", label: "ok" },
      { value: "running", label: "running" },
    ],
  },
  { path: "started_at", label: "Started", kind: "time" },
  { path: "summary.weave.latency_ms", label: "Latency (ms)", kind: "number" },
  { path: "exception", label: "Exception", kind: "text" },
  { path: "display_name", label: "Display name", kind: "text" },
  { path: "thread_id", label: "Thread", kind: "text" },
  { path: "wb_user_id", label: "User", kind: "text" },
];
export const ROOTS = ["inputs", "output", "attributes", "summary", "feedback"];

/** Columns that the server can sort by, and what it calls them. */
export const SORTS: Record<string, string> = {
  name: "op_name",
  status: "summary.weave.status",
  started: "started_at",
  latency: "summary.weave.latency_ms",
};

export const DEFAULT_PATHS = ["inputs", "output"];
const SEARCHED = ["inputs", "output", "op_name", "display_name", "exception"];

export interface View {
  all: boolean;
  search: string;
  filters: Filter[];
  /** A column's id with a minus before it when it goes down; empty for the newest first. */
  sort: string;
  paths: string[];
}

/** What the address says. */
export function viewOf(params: URLSearchParams): View {
  const chosen = params.getAll("col");
  return {
    all: params.get("all") === "1",
    search: params.get("q") ?? "",
    filters: readFilters(params.getAll("f")),
    sort: params.get("sort") ?? "",
    paths: chosen.length === 0 ? DEFAULT_PATHS : chosen.filter((path) => path !== "none"),
  };
}

/** Full text: in payloads, names and exceptions. */
export function searchCondition(text: string): Condition {
  return { $or: SEARCHED.map((path) => contains(path, text)) };
}

export function wantedOf(view: View & { saved?: ViewDefinition }): Wanted {
  const conditions = view.filters.map(conditionOf);
  if (view.saved?.query) conditions.unshift(view.saved.query.$expr);
  if (view.search.trim() !== "") conditions.push(searchCondition(view.search.trim()));
  const down = view.sort === "" || view.sort.startsWith("-");
  const id = view.sort.replace(/^-/, "");
  return {
    filter: view.saved ? { ...view.saved.filter, ...(view.all ? { trace_roots_only: false } : {}) } : view.all ? {} : { trace_roots_only: true },
    query: queryOf(conditions),
    sort: [{ field: id === "" ? "started_at" : (SORTS[id] ?? id), direction: down ? "desc" : "asc" }],
    paths: view.paths,
  };
}

/** What a saved view names, narrowed by the address; of order and columns, the address decides when it says something. */
export function withSaved(view: View, saved: ViewDefinition | undefined): View & { saved?: ViewDefinition } {
  if (saved === undefined) return view;
  const paths = (saved.columns ?? []).map((column) => pathOf(column.path ?? [])).filter((path) => path !== "");
  const [order] = saved.sort_by ?? [];
  const field = order && (Object.entries(SORTS).find(([, name]) => name === order.field)?.[0] ?? order.field);
  return {
    ...view,
    saved,
    paths: view.paths === DEFAULT_PATHS && paths.length > 0 ? paths : view.paths,
    sort: view.sort === "" && field !== undefined ? (order!.direction === "desc" ? `-${field}` : field) : view.sort,
  };
}

/** The view as it is looked at, to be kept under a name. */
export function definitionOf(wanted: Wanted): ViewDefinition {
  const columns = wanted.paths.map((path) => ({ path: keysOf(path), label: headOf(path) }));
  return { filter: wanted.filter, query: wanted.query as ViewDefinition["query"], columns, sort_by: wanted.sort };
}

const keysOf = (path: string) => path.match(/(?:\\.|[^.\\])+/g)?.map((key) => key.replaceAll("\\.", ".")) ?? [];
const pathOf = (keys: readonly (string | number)[]) =>
  keys.length === 1 ? String(keys[0]) : keys.map((part) => String(part).replaceAll(".", "\\.")).join(".");

/** How a path heads its column: its last key, or all of it when that says too little. */
export function headOf(path: string): string {
  const keys = path.split(".");
  return keys.length === 1 ? path[0]!.toUpperCase() + path.slice(1) : /^\d+$/.test(keys.at(-1)!) ? keys.slice(-2).join(".") : keys.slice(1).join(".");
}

/** What is shown when newer rows come: they go on top, changed ones replace their older selves. */
export function merged<Row extends { id: string }>(newer: readonly Row[], shown: readonly Row[]): Row[] {
  const fresh = new Map(newer.map((row) => [row.id, row]));
  const known = new Set(shown.map((row) => row.id));
  return [...newer.filter((row) => !known.has(row.id)), ...shown.map((row) => fresh.get(row.id) ?? row)];
}

/** Every path that the values of some rows offer as a column, most frequent first. */
export function pathsWithin(values: Iterable<unknown>, root: string, limit = 60): string[] {
  const counts = new Map<string, number>();
  const visit = (value: unknown, path: string, depth: number) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 3) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "…") continue;
      const at = `${path}.${key.replaceAll(".", "\\.")}`;
      counts.set(at, (counts.get(at) ?? 0) + 1);
      visit(inner, at, depth + 1);
    }
  };
  for (const value of values) visit(value, root, 0);
  return [...counts.entries()].sort((a, b) => b[1] - a[1]).slice(0, limit).map(([path]) => path);
}
