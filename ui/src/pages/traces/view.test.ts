import { describe, expect, it } from "vitest";
import { DEFAULT_PATHS, definitionOf, headOf, merged, pathsWithin, type View, wantedOf, withSaved } from "./view";

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

describe("a saved view", () => {
  const looked: View = { all: false, search: "", filters: [{ path: "op_name", operator: "has", value: "talk" }], sort: "-latency", paths: ["inputs.a\\.b.c"] };
  const kept = definitionOf(wantedOf(looked));
  const plain: View = { ...view, paths: DEFAULT_PATHS };

  it("shows again what was looked at", () => {
    expect(wantedOf(withSaved(plain, kept))).toEqual(wantedOf(looked));
    expect(kept.columns).toEqual([{ path: ["inputs", "a.b", "c"], label: "a\\.b.c" }]);
  });
  it("is narrowed by the address, which also decides order and columns", () => {
    const wanted = wantedOf(withSaved({ ...looked, sort: "name", paths: ["output"] }, kept));
    expect(wanted.sort).toEqual([{ field: "op_name", direction: "asc" }]);
    expect(wanted.paths).toEqual(["output"]);
    expect((wanted.query as { $expr: { $and: unknown[] } }).$expr.$and).toHaveLength(2);
  });
  it("says of a program which calls it wants, and nothing else", () => {
    expect(wantedOf(withSaved(plain, { filter: { op_names: ["x"] } })).filter).toEqual({ op_names: ["x"] });
    expect(wantedOf(withSaved({ ...plain, all: true }, { filter: { trace_roots_only: true } })).filter).toEqual({ trace_roots_only: false });
    expect(wantedOf(withSaved(plain, {})).paths).toEqual(DEFAULT_PATHS);
  });
});
