/** Some runs as the one table: as a page of its own, or as one of several groups. */
import { useEffect, useMemo } from "react";
import { type Run, useRuns, type VersionNumbers } from "@/api/evaluations";
import { DataTable, type Selection, type Sort } from "@/components/DataTable";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { columnsOf } from "./columns";
import { FIRST_METRICS, sorted, type View } from "./view";

// Sorting needs all of them here; the server lists by time.
const MOST_SORTED = 1000;

interface Props {
  view: View;
  numbers: VersionNumbers | undefined;
  selection: Selection;
  label: string;
  limit?: number;
  /** One of several on the page: as high as its rows, and only the first has the keys. */
  part?: "first" | "other";
  empty?: React.ReactNode;
  onCount?: (count: number, metrics: readonly string[]) => void;
}

export function RunsTable({ view, numbers, selection, label, limit = 50, part, empty, onCount }: Props) {
  const project = useProject();
  const url = useUrlState();
  const { dataset, evaluation, model } = view;
  const list = useRuns(project.id, useMemo(() => ({ dataset, evaluation, model }), [dataset, evaluation, model]), limit);
  const pages = list.data?.pages;
  const total = pages?.[0]?.total;
  const sortable = part === undefined && total !== undefined && total <= MOST_SORTED;
  const names = useMemo(() => [...new Set(pages?.flatMap((page) => page.metric_names) ?? [])], [pages]);
  const rows = useMemo(() => sorted([...new Map(pages?.flatMap((page) => page.runs).map((run) => [run.run_id, run]) ?? []).values()], sortable ? view.sort : ""), [pages, view.sort, sortable]);
  const chosen = view.metrics?.join("\n");
  const metrics = useMemo(() => (chosen === undefined ? names.slice(0, FIRST_METRICS) : names.filter((name) => chosen.split("\n").includes(name))), [names, chosen]);
  const columns = useMemo(
    () => columnsOf({ metrics, numbers, group: view.group, sortable, hrefOf: (run: Run) => project.href(`weave/evaluations/${encodeURIComponent(run.run_id)}`) }),
    [metrics, numbers, view.group, sortable, project],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const whole = view.sort !== "" && sortable;
  useEffect(() => {
    if (whole && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [whole, hasNextPage, isFetchingNextPage, fetchNextPage]);
  useEffect(() => {
    if (total !== undefined) onCount?.(total, names);
  }, [total, names, onCount]);
  const sort = useMemo<Sort>(() => (view.sort === "" ? { id: "started", desc: true } : { id: view.sort.replace(/^-/, ""), desc: view.sort.startsWith("-") }), [view.sort]);
  return (
    <DataTable
      label={label}
      fill={part === undefined}
      keys={part !== "other"}
      rows={rows}
      columns={columns}
      rowKey={(run) => run.run_id}
      rowHref={(run) => project.href(`weave/evaluations/${encodeURIComponent(run.run_id)}`)}
      sort={sort}
      onSort={(next) => url.set({ sort: next === null || (next.id === "started" && next.desc) ? null : `${next.desc ? "-" : ""}${next.id}` })}
      selection={selection}
      loading={list.isPending}
      error={list.error}
      onRetry={() => void list.refetch()}
      total={total}
      onEnd={part === undefined && hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined}
      loadingMore={part === undefined && isFetchingNextPage}
      empty={empty}
    />
  );
}
