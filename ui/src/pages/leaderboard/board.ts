/** What a leaderboard's table shows: texts of values, order of rows, and the runs that selected models have in common. Pure. */
import type { Board, BoardCell, BoardColumn, BoardRow } from "@/api/leaderboards";
import { number } from "@/domain/format";

export const MOST_RUNS = 6;

/** Shares are told in percent; what else is a number stays one. */
export function cellText(column: Pick<BoardColumn, "summary_metric_path">, value: BoardCell["value"]): string {
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "string") return value;
  if (/(^|\.)true_fraction$/.test(column.summary_metric_path)) return `${Number((value * 100).toFixed(1))}%`;
  return number(value);
}

export function columnLabel(column: BoardColumn): string {
  return [column.scorer_name, column.summary_metric_path].filter(Boolean).join(" · ");
}

/** Rows by the values of a column (`c0`, `-c0` for the largest first); those without one last. */
export function sorted(rows: readonly BoardRow[], sort: string): readonly BoardRow[] {
  const match = /^(-?)c(\d+)$/.exec(sort);
  if (!match) return rows;
  const sign = match[1] === "-" ? -1 : 1;
  const at = Number(match[2]);
  return [...rows].sort((a, b) => {
    const [one, other] = [a.cells[at]?.value, b.cells[at]?.value];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return sign * (typeof one === "string" || typeof other === "string" ? String(one).localeCompare(String(other)) : Number(one) - Number(other));
  });
}

export interface Comparable {
  name: string;
  runs: string[];
}

/** By evaluation, the runs of the models that have one there; only where there are at least two. */
export function comparables(board: Board, models: ReadonlySet<string>): Comparable[] {
  const chosen = board.rows.filter((row) => models.has(row.model_ref));
  const refs = [...new Set(board.columns.map((column) => column.evaluation_object_ref))];
  return refs.flatMap((ref): Comparable[] => {
    const columns = board.columns.map((column, at) => ({ column, at })).filter(({ column }) => column.evaluation_object_ref === ref);
    // A model's newest run with a value; columns of one evaluation may disagree when a run misses a score.
    const runs = chosen.flatMap((row) => {
      const cells = columns.map(({ at }) => row.cells[at]).filter((cell): cell is BoardCell => Boolean(cell));
      const newest = cells.sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at))[0];
      return newest ? [newest.run_id] : [];
    });
    const unique = [...new Set(runs)];
    return unique.length < 2 ? [] : [{ name: columns[0]?.column.evaluation_name ?? ref, runs: unique }];
  });
}
