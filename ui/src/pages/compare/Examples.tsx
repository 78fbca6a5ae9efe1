/** Example by example: what each run said and scored, side by side with the baseline. */
import { useEffect, useMemo } from "react";
import { type Compared, type ComparedCell, type ComparedRow, type Comparison, type RowsWanted, useComparedRows } from "@/api/compare";
import { type Column, DataTable } from "@/components/DataTable";
import { Section } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useNarrow } from "@/components/useNarrow";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Select } from "@/design/Field";
import { Segments } from "@/design/Tabs";
import { counted } from "@/domain/format";
import { Words } from "./Changes";
import { ExamplePanel } from "./ExamplePanel";
import styles from "./Examples.module.css";
import { differenceText, partsOf, toneOf, valueText } from "./figures";
import { LETTERS, metricLabel, ONLY, ORDERS, titleOf } from "./view";
import { wordDifferences } from "./words";

interface Props {
  data: Comparison;
  compared: Compared;
  wanted: RowsWanted;
}

/** Of what the values in the table are. */
interface Shown {
  name: string | null;
  at: number;
  kind: "boolean" | "number";
  unit: string | null;
  direction: "higher" | "lower";
}

export function Examples({ data, compared, wanted }: Props) {
  const project = useProject();
  const url = useUrlState();
  const list = useComparedRows(project.id, compared, wanted);
  const first = list.data?.pages[0];
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const name = first?.row_metric ?? wanted.metric;
  const shown = useMemo<Shown>(() => {
    const metric = data.metrics.find((one) => one.name === name);
    const at = first?.metric_names.indexOf(name ?? "") ?? -1;
    return { name, at, kind: metric?.kind ?? "number", unit: metric?.unit ?? null, direction: metric?.direction ?? "higher" };
  }, [data.metrics, first, name]);
  const columns = useMemo(() => columnsOf(data, shown), [data, shown]);
  const open = url.get("row");
  const more = list.hasNextPage && !list.isFetchingNextPage;
  // Where the next example is asked for in the panel, the list goes on by itself.
  const at = rows.findIndex((row) => row.row_digest === open);
  const fetchNext = list.fetchNextPage;
  useEffect(() => {
    if (more && at >= 0 && at >= rows.length - 2) void fetchNext();
  }, [at, more, rows.length, fetchNext]);
  const only = (value: string) => url.set({ only: value, row: null });
  useKeys([{ keys: "d", what: "Only where the runs disagree, or all", run: () => only(wanted.only === "disagree" ? "" : "disagree") }]);

  if (data.metrics.length === 0 && first?.total_rows === 0 && wanted.only === null) return null;
  return (
    <Section title={<>Examples <span className="quiet number">{first ? first.total_rows.toLocaleString("en-US") : ""}</span></>}>
      <Tools data={data} wanted={wanted} metric={name} onOnly={only} />
      <div className={list.isPlaceholderData ? styles["stale"] : undefined}>
        <DataTable
          label="Examples"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.row_digest}
          onOpen={(row) => url.set({ row: row.row_digest })}
          marked={open || null}
          loading={list.isPending}
          error={list.error}
          onRetry={() => void list.refetch()}
          total={first?.total_rows}
          onEnd={more ? () => void list.fetchNextPage() : undefined}
          loadingMore={list.isFetchingNextPage}
          empty={<Nothing only={wanted.only} metric={name} onAll={() => only("")} />}
        />
      </div>
      {open !== "" && (
        <ExamplePanel data={data} runs={compared.runs} digest={open} place={at < 0 ? null : { at, of: first?.total_rows ?? rows.length }}
          onClose={() => url.set({ row: null, whole: null })} before={rows[at - 1]?.row_digest} next={at < 0 ? undefined : rows[at + 1]?.row_digest} />
      )}
    </Section>
  );
}

function Nothing({ only, metric, onAll }: { only: RowsWanted["only"]; metric: string | null; onAll: () => void }) {
  if (only === null) return <EmptyState title="No examples yet" icon="evaluations">They appear as the runs predict.</EmptyState>;
  const words = { disagree: "on which the runs disagree", better: "that got better", worse: "that got worse", missing: "that misses a value" };
  return (
    <EmptyState title={`No example ${words[only]}`} icon="compare">
      <p>{metric ? `In ${metricLabel(metric)}, that is. ` : ""}Choose another metric, or see them all.</p>
      <Button onClick={onAll}>Show all examples</Button>
    </EmptyState>
  );
}

interface ToolsProps {
  data: Comparison;
  wanted: RowsWanted;
  metric: string | null;
  onOnly: (only: string) => void;
}

function Tools({ data, wanted, metric, onOnly }: ToolsProps) {
  const url = useUrlState();
  const narrow = useNarrow();
  const names = [...new Set([...data.metric_names, ...(metric ? [metric] : [])])];
  const others = data.runs.map((run, at) => ({ run, at })).filter(({ run }) => run.run_id !== data.baseline);
  return (
    <div className={styles["tools"]}>
      <Select label="Metric" value={metric ?? ""} choices={names.map((name) => ({ value: name, label: metricLabel(name) }))} onChange={(value) => url.set({ metric: value, row: null })} />
      {others.length > 1 && (
        <Select label="Difference of" value={wanted.run ?? ""} onChange={(value) => url.set({ run: value, row: null })}
          choices={[{ value: "", label: "Any run" }, ...others.map(({ run, at }) => ({ value: run.run_id, label: `${LETTERS[at]} ${titleOf(run)}` }))]} />
      )}
      <Select label="Sort by" value={wanted.sort} choices={ORDERS} onChange={(value) => url.set({ sort: value === "difference" ? null : value, row: null })} />
      {narrow ? (
        <Select label="Which examples" value={wanted.only ?? ""} choices={ONLY} onChange={onOnly} />
      ) : (
        <Segments label="Which examples" value={wanted.only ?? ""} choices={ONLY} onChange={onOnly} />
      )}
    </div>
  );
}

function columnsOf(data: Comparison, shown: Shown): Column<ComparedRow>[] {
  const base = data.runs.findIndex((run) => run.run_id === data.baseline);
  return [
    { id: "example", title: "Example", width: 220, grow: true, narrow: "title", cell: (row) => <ExampleText text={row.example} /> },
    ...data.runs.map((run, at): Column<ComparedRow> => ({
      id: run.run_id,
      title: `${LETTERS[at]} ${titleOf(run)}`,
      hint: run.run_id === data.baseline ? "The baseline" : "Its output against that of the baseline: words that went are struck out, words that came are underlined",
      width: 230,
      grow: true,
      cell: (row) => <Cell cell={row.cells[at]} against={at === base ? undefined : row.cells[base]} difference={row.difference[run.run_id]} shown={shown} letter={LETTERS[base] ?? ""} />,
    })),
  ];
}

function ExampleText({ text }: { text: string }) {
  const parts = useMemo(() => partsOf(text), [text]);
  return (
    <bdi className={styles["example"]}>
      {parts.map(({ key, text: part }, at) => (
        <span key={at}>
          {key && <span className="quiet">{key} </span>}
          {part}{" "}
        </span>
      ))}
    </bdi>
  );
}

interface CellProps {
  cell: ComparedCell | undefined;
  /** The baseline's, unless this is it. */
  against: ComparedCell | undefined;
  difference: number | null | undefined;
  shown: Shown;
  letter: string;
}

function Cell({ cell, against, difference, shown, letter }: CellProps) {
  if (!cell || cell.trials === 0) return <span className="quiet">not in this run</span>;
  const value = cell.values[shown.at];
  return (
    <div className={styles["cell"]}>
      <div className={styles["head"]}>
        {cell.error && <Badge tone="bad">failed</Badge>}
        <strong className="number">{value === null || value === undefined ? "–" : single(shown, value)}</strong>
        {difference !== undefined && difference !== null && difference !== 0 && (
          <span className={`number ${styles[toneOf(shown.direction, difference)]}`}>{shown.kind === "boolean" && Math.abs(difference) === 1 ? (toneOf(shown.direction, difference) === "good" ? "better" : "worse") : differenceText(shown, difference)}</span>
        )}
        {cell.trials > 1 && <span className="quiet small">{counted(cell.trials, "trial")}</span>}
      </div>
      <Output text={cell.output} against={against} letter={letter} />
    </div>
  );
}

/** A truth of which all trials agree is true or false; else it is the share of those that are. */
function single(shown: Shown, value: number): string {
  return shown.kind === "boolean" && (value === 0 || value === 1) ? (value === 1 ? "true" : "false") : valueText(shown, value);
}

function Output({ text, against, letter }: { text: string | null; against: ComparedCell | undefined; letter: string }) {
  const before = against?.output ?? null;
  const pieces = useMemo(() => (text !== null && before !== null && text !== before ? wordDifferences(before, text) : null), [before, text]);
  if (text === null) return <span className="quiet">no output</span>;
  if (against && text === before) return <span className="quiet">{text.endsWith("…") ? `begins as ${letter} does` : `the same as ${letter}`}</span>;
  return <div className={styles["output"]}>{pieces ? <Words pieces={pieces} /> : <bdi>{text}</bdi>}</div>;
}
