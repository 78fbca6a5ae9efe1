import { describe, expect, it } from "vitest";
import { EMPTY, restored, rowOf, sizeOf, updatesOf, withEdit, withRemoval } from "./draft";

describe("a draft of rows", () => {
  it("is sent so that no place moves before it is used", () => {
    let draft = withEdit(EMPTY, 3, { q: "new" });
    for (const index of [1, 5, 2]) draft = withRemoval(draft, index);
    draft = { ...draft, added: [{ q: "last" }] };
    expect(updatesOf(draft)).toEqual([
      { pop: { index: 3 } }, { insert: { index: 3, row: { q: "new" } } }, { pop: { index: 5 } }, { pop: { index: 2 } }, { pop: { index: 1 } }, { append: { row: { q: "last" } } },
    ]);
    expect(sizeOf(draft)).toBe(5);
  });
  it("holds one thing about a row", () => {
    const removed = withRemoval(withEdit(EMPTY, 1, {}), 1);
    expect(removed).toEqual({ edited: {}, removed: [1], added: [] });
    expect(withEdit(removed, 1, { a: 1 })).toEqual({ edited: { 1: { a: 1 } }, removed: [], added: [] });
    expect(sizeOf(restored(removed, 1))).toBe(0);
  });
  it("takes objects only", () => {
    expect(rowOf('{"a": 1}')).toEqual({ row: { a: 1 } });
    for (const text of ["[1]", "null", '"x"', "{", ""]) expect(rowOf(text)).toHaveProperty("problem");
  });
});
