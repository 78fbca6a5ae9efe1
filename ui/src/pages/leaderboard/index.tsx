/** One leaderboard: models ranked by the newest finished runs of its evaluations. */
import { useMemo, useState } from "react";
import { type Board, type BoardColumn, type BoardRow, useLeaderboard } from "@/api/leaderboards";
import { type Column, DataTable, type Sort } from "@/components/DataTable";
import { Link, useGo } from "@/components/Link";
import { Page, Section } from "@/components/Page";
import { EmptyState, ErrorState } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { type ProjectName, useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { RefLink, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Icon } from "@/design/Icon";
import { Menu } from "@/design/Menu";
import { counted } from "@/domain/format";
import { cellText, columnLabel, comparables, MOST_RUNS, sorted } from "./board";
import styles from "./Leaderboard.module.css";

export default function Leaderboard() {
  const project = useProject();
  const name = useParam("name");
  const url = useUrlState();
  const version = url.get("version") || "latest";
  const query = useLeaderboard(project.id, name, version);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { data: board } = query;
  const text = url.get("sort");
  const sort = useMemo<Sort | null>(() => (text === "" ? null : { id: text.replace(/^-/, ""), desc: text.startsWith("-") }), [text]);
  const rows = useMemo(() => sorted(board?.rows ?? [], text), [board, text]);
  const columns = useMemo(() => (board ? columnsOf(board, project) : []), [board, project]);
  if (query.error && !board) {
    return (
      <Page title={name}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        <div className="row">
          <Link href={project.href("weave/leaderboards")}>All leaderboards</Link>
        </div>
      </Page>
    );
  }
  return (
    <Page
      title={board?.name ?? name}
      facts={
        <>
          {board?.description && <bdi>{board.description}</bdi>}
          {board && <span className="number">{counted(board.rows.length, "model")}</span>}
          <Link href={project.href("weave/leaderboards")}>All leaderboards</Link>
          {board && <Link href={project.href(`weave/objects/${encodeURIComponent(board.object_id)}/versions/${board.digest}`)}>Its definition</Link>}
        </>
      }
      actions={board && <CompareButton board={board} selected={selected} />}
    >
      {board && board.warnings.length > 0 && (
        <ul className={styles["warnings"]} aria-label={counted(board.warnings.length, "warning")}>
          {board.warnings.map((warning) => (
            <li key={warning.code + warning.message}>
              <Icon name="warning" size={14} /> {warning.message}
            </li>
          ))}
        </ul>
      )}
      <DataTable
        label="Models"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.model_ref}
        selection={{ selected, onChange: setSelected }}
        sort={sort}
        onSort={(next) => url.set({ sort: next === null ? null : `${next.desc ? "-" : ""}${next.id}` })}
        loading={query.isPending}
        empty={
          <EmptyState title="No model has finished yet" icon="leaderboards" code={"asyncio.run(evaluation.evaluate(model))"}>
            Every finished run of one of the evaluations below puts its model here.
          </EmptyState>
        }
      />
      {board && <Columns board={board} />}
    </Page>
  );
}

function CompareButton({ board, selected }: { board: Board; selected: ReadonlySet<string> }) {
  const go = useGo();
  const project = useProject();
  const found = useMemo(() => comparables(board, selected), [board, selected]);
  const [first] = found;
  const many = selected.size > MOST_RUNS;
  const open = (runs: readonly string[]) => go(project.href(`weave/compare?runs=${runs.map(encodeURIComponent).join(",")}`));
  const ready = !many && first !== undefined;
  useKeys(ready ? [{ keys: "c", what: "Compare the selected models", run: () => open(first.runs) }] : []);
  const why = many ? `At most ${MOST_RUNS} models can be compared` : selected.size < 2 ? "Select two to six models" : "These models have no evaluation in common";
  const label = selected.size < 2 ? "Compare" : `Compare ${selected.size} models`;
  if (!ready || found.length === 1) {
    return (
      <>
        {(many || (selected.size > 1 && !ready)) && <span className="quiet small" role="status">{why}</span>}
        <Button kind="primary" icon="compare" disabled={!ready} title={ready ? undefined : why} onClick={() => first && open(first.runs)}>
          {label}
        </Button>
      </>
    );
  }
  const trigger = <Button kind="primary" icon="compare">{label}</Button>;
  return <Menu label="Compare on" trigger={trigger} items={found.map((one) => ({ label: `On ${one.name} (${counted(one.runs.length, "run")})`, onSelect: () => open(one.runs) }))} />;
}

function columnsOf(board: Board, project: ProjectName): Column<BoardRow>[] {
  const places = new Map(board.rows.map((row, at) => [row.model_ref, at + 1]));
  return [
    { id: "place", title: "#", width: 46, numeric: true, narrow: "title", hint: "By the mean of the ranks in all columns", cell: (row) => <strong className="number">{places.get(row.model_ref)}</strong> },
    { id: "model", title: "Model", width: 200, grow: true, narrow: "title", cell: (row) => <RefLink value={row.model_ref} label={row.model_name ?? undefined} /> },
    ...board.columns.map((column, at): Column<BoardRow> => ({
      id: `c${at}`,
      title: `${column.should_minimize ? "↓" : "↑"} ${columnLabel(column)}`,
      hint: `${columnLabel(column)} of ${column.evaluation_name ?? "an evaluation"}: ${column.should_minimize ? "lower" : "higher"} is better`,
      width: 170,
      grow: true,
      sortable: true,
      cell: (row) => <Cell row={row} at={at} column={column} project={project} />,
    })),
  ];
}

function Cell({ row, at, column, project }: { row: BoardRow; at: number; column: BoardColumn; project: ProjectName }) {
  const cell = row.cells[at];
  if (!cell) return <span className="quiet">–</span>;
  const best = cell.rank === 1;
  return (
    <span className={styles["cell"]}>
      <Link href={project.href(`weave/evaluations/${cell.run_id}`)} className={`number cut ${best ? styles["best"] : ""}`} title={`The newest of ${counted(cell.runs, "run")}`}>
        {cellText(column, cell.value)}
      </Link>
      {best ? <Badge tone="good">best</Badge> : cell.rank !== null && <span className="quiet small number">#{cell.rank}</span>}
      <span className={styles["when"]}>
        <Time at={cell.started_at} />
      </span>
    </span>
  );
}

/** Where each column comes from, in full: headers are short. */
function Columns({ board }: { board: Board }) {
  if (board.columns.length === 0) return <p className="quiet">This leaderboard has no columns: publish it with a LeaderboardColumn for each score.</p>;
  return (
    <Section title="Columns">
      <dl className={styles["columns"]}>
        {board.columns.map((column, at) => (
          <div key={at}>
            <dt>
              <bdi>{columnLabel(column)}</bdi>
              <span className={styles["direction"]}>
                <Icon name={column.should_minimize ? "down" : "up"} size={12} /> {column.should_minimize ? "lower" : "higher"} is better
              </span>
            </dt>
            <dd>
              {column.evaluation_object_ref ? <RefLink value={column.evaluation_object_ref} label={column.evaluation_name ?? undefined} /> : <span className="quiet">no evaluation</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="quiet small">Each cell is the newest finished run of that model; ranks are per column, and models stand in the order of their mean rank. A rank says nothing about how sure a difference is: select models and compare them.</p>
    </Section>
  );
}
