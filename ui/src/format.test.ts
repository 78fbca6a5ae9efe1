import { describe, expect, it } from "vitest";
import { brief, duration, leavesOf, opLabel, pageOfRef } from "./format";

describe("format", () => {
  it("shortens op refs to their names", () => {
    expect(opLabel("weave:///e/p/op/Evaluation.evaluate:abc")).toBe("Evaluation.evaluate");
    expect(opLabel("plain")).toBe("plain");
  });
  it("gives durations a fitting unit", () => {
    expect([duration(5), duration(1500), duration(61_000), duration(null)]).toEqual(["5 ms", "1.5 s", "1 min 1 s", "–"]);
  });
  it("keeps cells short", () => {
    expect(brief("x".repeat(500)).length).toBe(121);
    expect(brief(undefined)).toBe("–");
  });
  it("lists the scalars of a result", () => {
    expect(leavesOf({ a: { mean: 0.123456 }, b: [true, null] })).toEqual([["a.mean", "0.1235"], ["b.0", "true"]]);
    expect(leavesOf(false)).toEqual([["", "false"]]);
  });
  it("knows the page of a ref", () => {
    expect(pageOfRef("weave:///e/p/call/1")).toBe("/e/p/r/call/1");
    expect(pageOfRef("weave:///e/p/object/m:v1/attr/x")).toBe("/e/p/weave/objects/m/versions/v1");
    expect(pageOfRef("no ref")).toBeNull();
  });
});
