import { expect, it } from "vitest";
import type { Call } from "./api/calls";
import { treeOf } from "./tree";

const call = (id: string, parent_id: string | null, started_at: string) => ({ id, parent_id, started_at }) as Call;

it("puts children below their parents, in the order they ran", () => {
  const rows = treeOf([call("c", "a", "3"), call("a", null, "1"), call("b", "a", "2"), call("d", "b", "4")]);
  expect(rows.map((row) => [row.call.id, row.depth])).toEqual([["a", 0], ["b", 1], ["d", 2], ["c", 1]]);
});

it("shows calls whose parent is missing as roots", () => {
  expect(treeOf([call("x", "gone", "1")]).map((row) => row.depth)).toEqual([0]);
});
