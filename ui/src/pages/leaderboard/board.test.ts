import { describe, expect, it } from "vitest";
import type { Board, BoardColumn, BoardRow } from "@/api/leaderboards";
import { cellText, comparables, sorted } from "./board";

const column = (evaluation: string, path = "mean"): BoardColumn => ({ evaluation_object_ref: evaluation, evaluation_name: evaluation, scorer_name: "s", summary_metric_path: path, should_minimize: false });
const row = (model: string, cells: [number, string, string?][]): BoardRow => ({
  model_ref: model,
  model_name: model,
  cells: cells.map(([value, run_id, at]) => (run_id === "" ? null : { value, run_id, started_at: at ?? "2026-01-01T00:00:00Z", rank: 1, runs: 1 })),
});
const board = (columns: BoardColumn[], rows: BoardRow[]) => ({ columns, rows }) as Board;

describe("a leaderboard", () => {
  it("tells shares in percent and other numbers as they are", () => {
    expect([cellText(column("e", "ok.true_fraction"), 0.125), cellText(column("e"), 0.125), cellText(column("e"), true), cellText(column("e"), "<b>")]).toEqual(["12.5%", "0.125", "true", "<b>"]);
  });
  it("keeps models without a value last, whichever way it is sorted", () => {
    const rows = [row("a", [[1, "r"]]), row("b", [[0, ""]]), row("c", [[2, "r"]])];
    expect(sorted(rows, "c0").map((one) => one.model_ref)).toEqual(["a", "c", "b"]);
    expect(sorted(rows, "-c0").map((one) => one.model_ref)).toEqual(["c", "a", "b"]);
    expect(sorted(rows, "nonsense")).toEqual(rows);
  });
  it("compares the newest runs of the models on each evaluation that at least two have", () => {
    const given = board([column("e"), column("e"), column("f")], [
      row("a", [[1, "old", "2026-01-01T00:00:00Z"], [1, "new", "2026-01-02T00:00:00Z"], [1, "af"]]),
      row("b", [[1, "be"], [1, "be"], [0, ""]]),
    ]);
    expect(comparables(given, new Set(["a", "b"]))).toEqual([{ name: "e", runs: ["new", "be"] }]);
    expect(comparables(given, new Set(["a"]))).toEqual([]);
  });
});
