/** The examples of a run as a table with search, filters and what is open of them beside it. */
import { useEffect, useMemo, useRef } from "react";
import type { RowsWanted, RunMetric, useRun } from "@/api/results";
import { DataTable, type Sort } from "@/components/DataTable";
import { FilterBar } from "@/components/FilterBar";
import { SearchBox } from "@/components/SearchBox";
import { EmptyState } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useNarrow } from "@/components/useNarrow";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { counted } from "@/domain/format";
import { columnsOf, type Shape } from "./columns";
import styles from "./Evaluation.module.css";
import { ExampleBody, ExamplePanel } from "./ExamplePanel";
import { fieldsOf, type Line, linesOf, ROOTS, stepped } from "./view";

interface Props {
  runId: string;
  query: ReturnType<typeof useRun>;
  wanted: RowsWanted;
}

export function Rows({ runId, query, wanted }: Props) {
  const url = useUrlState();
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const table = data?.pages[0];
  const examples = useMemo(() => [...new Map(data?.pages.flatMap((page) => page.rows).map((row) => [row.row_digest, row]) ?? []).values()], [data]);
  const unfolded = url.all("unfold").join("\n");
  const lines = useMemo(() => linesOf(examples, new Set(unfolded.split("\n"))), [examples, unfolded]);
  // Metrics come with the first page; while a filter is being answered they stay those of before.
  const metrics = useMemo<readonly RunMetric[]>(() => table?.metrics ?? [], [table]);
  const [row, trial] = [url.get("row"), url.get("trial")];
  const open = (line: Line, replace: boolean) => url.set({ row: line.example.row_digest, trial: line.trial?.predict_and_score_call_id ?? null }, replace);
  const close = () => url.set({ row: null, trial: null }, true);
  const fold = (line: Line) => {
    const digest = line.example.row_digest;
    const others = url.all("unfold").filter((one) => one !== digest);
    url.set({ unfold: line.unfolded ? others : [...others, digest] }, true);
  };
  const reasons = examples.some((example) => example.trials.some((one) => one.notes.length > 0));
  const columns = useColumns(metrics, (table?.run.trial_count ?? 0) > (table?.run.example_count ?? 0), reasons, fold);
  const sort = useMemo<Sort | null>(() => (wanted.sort === "" ? null : { id: wanted.sort.replace(/^-/, ""), desc: wanted.sort.startsWith("-") }), [wanted.sort]);
  const narrowed = wanted.search !== "" || wanted.only !== null || wanted.query !== null || wanted.limits.length > 0;
  const step = (by: number) => {
    const next = stepped(lines, row, trial, by);
    if (next) open(next, true);
    if (next === lines.at(-1) && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  };
  useKeys([{ keys: "e", what: "Only errors", run: () => url.set({ only: wanted.only === "errors" ? null : "errors" }) }]);
  return (
    <>
      <div className={styles["tools"]}>
        <SearchBox label="Search in examples, outputs and scores" value={wanted.search} onChange={(q) => url.set({ q }, true)} className={styles["search"]} />
        <Button aria-pressed={wanted.only === "errors"} icon="error" onClick={() => url.set({ only: wanted.only === "errors" ? null : "errors" })}>
          Only errors
        </Button>
        {(wanted.only === "running" || (table?.running ?? 0) > 0) && (
          <Button aria-pressed={wanted.only === "running"} icon="clock" onClick={() => url.set({ only: wanted.only === "running" ? null : "running" })}>
            Unfinished
          </Button>
        )}
        <FilterBar fields={fieldsOf(metrics)} roots={ROOTS} />
        {narrowed && table && <span className="small quiet number" role="status">{counted(table.total_rows, "example")} of {table.run.example_count.toLocaleString("en-US")}</span>}
      </div>
      <div className={styles["split"]}>
        <div className={styles["rows"]}>
          <DataTable
            label="Examples"
            fill
            rows={lines}
            columns={columns}
            rowKey={(line) => line.key}
            onOpen={(line) => open(line, row !== "")}
            marked={trial !== "" && lines.some((line) => line.key === trial) ? trial : row || null}
            sort={sort}
            onSort={(next) => url.set({ sort: next === null ? null : `${next.desc ? "-" : ""}${next.id}` })}
            loading={query.isPending}
            error={query.error}
            onRetry={() => void query.refetch()}
            onEnd={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined}
            loadingMore={isFetchingNextPage}
            empty={
              narrowed ? (
                <EmptyState title="No example matches" icon="search">
                  <Button onClick={() => url.set({ q: null, f: null, only: null })}>Clear search and filters</Button>
                </EmptyState>
              ) : (
                <EmptyState title={table?.run.status === "running" ? "No example yet" : "This run has no examples"} icon="evaluations">
                  {table?.run.status === "running" ? "They appear here as the model answers them." : "It ended before the first one, or its trials were deleted."}
                </EmptyState>
              )
            }
          />
        </div>
        {row !== "" && <Opened {...{ runId, row, trial, step, close }} onTrial={(id) => url.set({ trial: id }, true)} />}
      </div>
    </>
  );
}

/** Columns that stay the same while their shape does: rows are drawn again only when something of them changed. */
function useColumns(metrics: readonly RunMetric[], trials: boolean, reasons: boolean, onFold: (line: Line) => void) {
  const fold = useRef(onFold);
  useEffect(() => {
    fold.current = onFold;
  });
  const shape = JSON.stringify(metrics.map(({ name, kind, unit, direction }) => ({ name, kind, unit, direction })));
  return useMemo(() => columnsOf({ metrics: JSON.parse(shape) as Shape[], trials, reasons, onFold: (line) => fold.current(line) }), [shape, trials, reasons]);
}

interface OpenedProps {
  runId: string;
  row: string;
  trial: string;
  step: (by: number) => void;
  close: () => void;
  onTrial: (id: string) => void;
}

function Opened({ runId, row, trial, step, close, onTrial }: OpenedProps) {
  const narrow = useNarrow();
  useKeys([
    { keys: "j", what: "Next row", run: () => step(1) },
    { keys: "k", what: "Row before", run: () => step(-1) },
    { keys: "Escape", what: "Close the example", run: close },
  ]);
  if (narrow) {
    return (
      <Dialog open onClose={close} title="Example" shape="side">
        <ExampleBody run={runId} digest={row} trial={trial} onTrial={onTrial} />
      </Dialog>
    );
  }
  return (
    <aside className={styles["panel"]} aria-label="The open example">
      <ExamplePanel run={runId} digest={row} trial={trial} onTrial={onTrial} onStep={step} onClose={close} />
    </aside>
  );
}
