import { describe, expect, it } from "vitest";
import type { Run } from "@/api/evaluations";
import { choicesOf, comparePath, namesOf, sorted, valueOf, versionLabel } from "./view";

const REF = "weave:///team/app/object/questions:abcdef123";
const run = (run_id: string, value?: number): Run => ({ run_id, metrics: value === undefined ? [] : [{ name: "scores.exact", kind: "number", value, n: null }], started_at: run_id, latency: 0 }) as unknown as Run;

describe("the list of runs", () => {
  it("names versions by their number, or by what is known of them", () => {
    expect(versionLabel(REF, "questions", new Map([["questions:abcdef123", 2]]))).toBe("questions:v2");
    expect(versionLabel(REF, "questions", undefined)).toBe("questions:abcdef");
    expect(versionLabel("my model", "my model", undefined)).toBe("my model");
    expect(versionLabel(null, null, undefined)).toBe("unknown");
  });
  it("asks for each name once", () => {
    expect(namesOf([REF, null, REF, "text", REF.replace("questions", "answers")])).toEqual(["answers", "questions"]);
  });
  it("offers what the address names, even when no run has it", () => {
    expect(choicesOf([], REF, "All", undefined).map((choice) => choice.value)).toEqual(["", REF]);
    expect(choicesOf([{ ref: REF, name: "questions", runs: 3 }], REF, "All", undefined)[1]).toEqual({ value: REF, label: "questions:abcdef (3)" });
  });
  it("sorts by a metric with what has none last", () => {
    const runs = [run("a", 0.2), run("b"), run("c", 0.9)];
    const ids = (sort: string) => sorted(runs, sort).map((one) => one.run_id);
    expect(ids("scores.exact")).toEqual(["a", "c", "b"]);
    expect(ids("-scores.exact")).toEqual(["c", "a", "b"]);
    expect(ids("-started")).toEqual(["c", "b", "a"]);
    expect(valueOf(runs[0]!, "latency")).toBe(0);
  });
  it("compares with the first", () => {
    expect(comparePath(["x", "y"])).toBe("weave/compare?runs=x,y&baseline=x");
  });
});
