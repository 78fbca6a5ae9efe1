import { describe, expect, it } from "vitest";
import { headOf, merged, pathsWithin, type View, wantedOf } from "./view";

const view: View = { all: false, search: "", filters: [], sort: "", paths: ["inputs"] };

describe("the traces that an address names", () => {
  it("are the newest roots when it says nothing", () => {
    expect(wantedOf(view)).toEqual({ filter: { trace_roots_only: true }, query: null, sort: [{ field: "started_at", direction: "desc" }], paths: ["inputs"] });
  });
  it("are sorted by columns and by paths", () => {
    expect(wantedOf({ ...view, sort: "-latency" }).sort).toEqual([{ field: "summary.weave.latency_ms", direction: "desc" }]);
    expect(wantedOf({ ...view, sort: "inputs.a" }).sort).toEqual([{ field: "inputs.a", direction: "asc" }]);
  });
  it("meet the filters and the search at once", () => {
    const query = wantedOf({ ...view, search: " x ", filters: [{ path: "op_name", operator: "has", value: "y" }] }).query as { $expr: { $and: unknown[] } };
    expect(query.$expr.$and).toHaveLength(2);
  });
});

describe("columns", () => {
  it.each([["inputs", "Inputs"], ["inputs.a.b", "a.b"], ["output.0", "output.0"]])("%s is headed %s", (path, head) => expect(headOf(path)).toBe(head));
  it("are offered by how many calls have them", () => {
    expect(pathsWithin([{ a: { "b.c": 1 } }, { a: 1, "…": 1 }], "inputs")).toEqual(["inputs.a", "inputs.a.b\\.c"]);
  });
});

describe("live rows", () => {
  it("go on top once, and change in place", () => {
    expect(merged([{ id: "n", v: 1 }, { id: "a", v: 2 }], [{ id: "a", v: 1 }, { id: "b", v: 1 }])).toEqual([{ id: "n", v: 1 }, { id: "a", v: 2 }, { id: "b", v: 1 }]);
  });
});
