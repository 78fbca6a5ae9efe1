import { describe, expect, it } from "vitest";
import type { RunExample, RunMetric, RunTrial } from "@/api/results";
import { fieldsOf, linesOf, stepped, wantedOf } from "./view";

const trial = (id: string): RunTrial => ({ predict_and_score_call_id: id, predict_call_id: null, status: "ok", output: null, values: [], notes: [], error: null });
const example = (row_digest: string, ...ids: string[]): RunExample => ({ row_digest, example: {}, trial_count: ids.length, errors: 0, running: 0, values: [], trials: ids.map(trial) });
const ROWS = [example("a", "a1", "a2"), example("b", "b1")];

describe("a run's address", () => {
  it("turns filters on scores into a query and filters on measures into limits", () => {
    const wanted = wantedOf([{ path: "scores.exact", operator: "is", value: "0" }, { path: "latency", operator: "gt", value: "1.5" }, { path: "cost", operator: "lt", value: "no number" }], "x", "errors", "-latency");
    expect(wanted.query).toEqual({ $expr: { $eq: [{ $getField: "scores.exact" }, { $literal: "0" }] } });
    expect(wanted.limits).toEqual([{ metric: "latency", above: 1.5 }]);
    expect([wanted.only, wanted.search, wanted.sort]).toEqual(["errors", "x", "-latency"]);
    expect(wantedOf([], "", "mistyped", "").only).toBeNull();
  });
  it("offers truth as a choice and numbers with their unit", () => {
    const metric = (name: string, kind: string, unit: string | null = null) => ({ name, kind, unit }) as unknown as RunMetric;
    const fields = fieldsOf([metric("scores.exact", "boolean"), metric("error", "boolean"), metric("latency", "number", "s")]);
    expect(fields.map((field) => [field.label, field.kind])).toEqual([["exact", "choice"], ["Latency (s)", "number"]]);
  });
});

describe("the lines of the table", () => {
  it("are the examples, with the trials of those that are unfolded", () => {
    expect(linesOf(ROWS, new Set(["a"])).map((line) => line.key)).toEqual(["a", "a1", "a2", "b"]);
    expect(linesOf(ROWS, new Set()).map((line) => line.key)).toEqual(["a", "b"]);
  });
  it("are stepped through from the open one, and not past the ends", () => {
    const lines = linesOf(ROWS, new Set(["a"]));
    expect(stepped(lines, "a", "", 1)?.key).toBe("a1");
    expect(stepped(lines, "a", "a2", 1)?.key).toBe("b");
    expect(stepped(lines, "b", "", 1)?.key).toBe("b");
    expect(stepped(lines, "a", "folded", 1)?.key).toBe("a1");
    expect(stepped([], "a", "", 1)).toBeUndefined();
  });
});
