/** Where the calls behind a figure are: the traces, filtered. Pure. */
import type { By, Usage } from "@/api/usage";
import { type Filter, writeFilter } from "@/domain/filters";
import { pathOf } from "@/domain/paths";

/** The search text of the traces that shows the calls of a group, or of all, in the time of the answer. */
export function tracesOf(usage: Pick<Usage, "start" | "end">, by: By, key: string, failed = false): string {
  const filters: Filter[] = [
    { path: "started_at", operator: "gt", value: new Date(usage.start).toISOString() },
    { path: "started_at", operator: "lt", value: new Date(usage.end).toISOString() },
  ];
  if (by === "model") filters.push({ path: pathOf(["summary", "usage", key]), operator: "set", value: "" });
  if (by === "op") filters.push({ path: "summary.weave.trace_name", operator: "is", value: key });
  if (by === "user") filters.push({ path: "wb_user_id", operator: "is", value: key });
  if (failed) filters.push({ path: "summary.weave.status", operator: "is", value: "error" });
  return `?${new URLSearchParams([["all", "1"], ...filters.map((filter) => ["f", writeFilter(filter)])])}`;
}
