/** The traces of a project: a table of calls whose view is wholly in the address. */
import { useMemo, useState } from "react";
import { type Preview, useCount, useNewest, usePreviews } from "@/api/previews";
import { DataTable, type Sort } from "@/components/DataTable";
import { FilterBar } from "@/components/FilterBar";
import { Page } from "@/components/Page";
import { EmptyState, FirstTrace } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { Segments } from "@/design/Tabs";
import { counted } from "@/domain/format";
import { BulkActions } from "./BulkActions";
import { ColumnPicker } from "./ColumnPicker";
import { columnsOf } from "./columns";
import { Search } from "./Search";
import styles from "./Traces.module.css";
import { DEFAULT_PATHS, FIELDS, merged, ROOTS, type View, viewOf, wantedOf, withSaved } from "./view";
import { useSavedView, Views } from "./Views";

function useView(): View {
  const url = useUrlState();
  const said = ["all", "q", "sort", "f", "col"].map((name) => url.all(name).map((value) => [name, value]));
  const text = new URLSearchParams(said.flat()).toString();
  return useMemo(() => viewOf(new URLSearchParams(text)), [text]);
}

export default function Traces() {
  const project = useProject();
  const url = useUrlState();
  const fromAddress = useView();
  const saved = useSavedView();
  const definition = saved.view?.definition;
  const view = useMemo(() => withSaved(fromAddress, definition), [fromAddress, definition]);
  const wanted = useMemo(() => wantedOf(view), [view]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [hovered, setHovered] = useState(false);

  const known = saved.view !== undefined;
  const list = usePreviews(project.id, wanted, known);
  // After the rows: on a small server the two would wait for each other.
  const count = useCount(project.id, wanted, known && !list.isPending);
  const newestFirst = view.sort === "" || view.sort === "-started";
  const live = url.get("live") === "1" && newestFirst;
  const newest = useNewest(project.id, wanted, live && !hovered);
  const loaded = list.data;
  const rows = useMemo(() => {
    const shown = loaded?.pages.flat() ?? [];
    return live && newest.data ? merged(newest.data, shown) : unique(shown);
  }, [loaded, live, newest.data]);

  const hrefOf = (row: Preview) => project.href(`r/call/${row.id}`);
  const columns = useMemo(() => columnsOf(view.paths, (row) => project.href(`r/call/${row.id}`)), [view.paths, project]);
  const sort = useMemo<Sort | null>(() => (view.sort === "" ? { id: "started", desc: true } : { id: view.sort.replace(/^-/, ""), desc: view.sort.startsWith("-") }), [view.sort]);
  const narrowed = view.filters.length > 0 || view.search !== "" || saved.view !== null;
  useKeys([{ keys: "l", what: "Follow new calls", run: () => url.set({ live: live ? null : "1" }, true) }]);

  return (
    <Page
      title="Traces"
      fill
      facts={count.data && <span className="number">{counted(count.data.count, view.all ? "call" : "trace")}{narrowed ? (count.data.count === 1 ? " matches" : " match") : ""}</span>}
      actions={
        <>
          <Segments label="Which calls" value={view.all ? "all" : "roots"} onChange={(value) => url.set({ all: value === "all" ? "1" : null })}
            choices={[{ value: "roots", label: "Traces" }, { value: "all", label: "All calls" }]} />
          <Button icon={live ? "pause" : "play"} aria-pressed={live} disabled={!newestFirst} title={newestFirst ? "New calls appear by themselves; waits while the pointer is on the table" : "Sort by newest first to follow"}
            onClick={() => url.set({ live: live ? null : "1" }, true)}>
            Live
          </Button>
        </>
      }
    >
      <div className={styles["tools"]}>
        <Search value={view.search} onChange={(q) => url.set({ q }, true)} />
        <FilterBar fields={FIELDS} roots={ROOTS} />
        <span className="push" />
        <Views wanted={wanted} />
        <ColumnPicker rows={rows} paths={view.paths} onChange={(paths) => url.set({ col: paths.length === 0 ? ["none"] : same(paths, DEFAULT_PATHS) ? null : paths }, true)} />
      </div>
      {saved.named !== "" && saved.view === null && <p role="status">There is no view named “{saved.named}”; all traces are shown.</p>}
      {selected.size > 0 && <BulkActions ids={[...selected]} onDone={() => setSelected(new Set())} />}
      <div className={styles["table"]} onPointerEnter={() => setHovered(true)} onPointerLeave={() => setHovered(false)}>
        <DataTable
          label="Traces"
          fill
          rows={rows}
          columns={columns}
          rowKey={(row) => row.id}
          rowHref={hrefOf}
          sort={sort}
          onSort={(next) => url.set({ sort: next === null || (next.id === "started" && next.desc) ? null : `${next.desc ? "-" : ""}${next.id}` })}
          selection={{ selected, onChange: setSelected }}
          loading={list.isPending}
          error={saved.error ?? list.error}
          onRetry={() => void list.refetch()}
          total={count.data?.count}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
          loadingMore={list.isFetchingNextPage}
          empty={
            narrowed ? (
              <EmptyState title="Nothing matches" icon="search">
                <Button onClick={() => url.set({ q: null, f: null, view: null })}>Clear search and filters</Button>
              </EmptyState>
            ) : (
              <FirstTrace project={project.id} />
            )
          }
        />
      </div>
    </Page>
  );
}

const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((item, at) => item === b[at]);

/** Calls that came in while pages were read push others over the edge of the next page: each is shown once. */
function unique(rows: readonly Preview[]): Preview[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

