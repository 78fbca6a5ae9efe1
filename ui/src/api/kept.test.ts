import { describe, expect, it } from "vitest";
import { keptOf } from "./kept";

const rows = ["a", "b"];

describe("keptOf", () => {
  it("keeps the rows of the same project in another order", () => {
    expect(keptOf("previews", "ours/one")(rows, { queryKey: ["previews", "ours/one", { sort: "newest" }] })).toBe(rows);
  });
  it("shows nothing of another project", () => {
    expect(keptOf("previews", "ours/one")(rows, { queryKey: ["previews", "ours/two", {}] })).toBeUndefined();
  });
  it("has nothing to keep the first time", () => {
    expect(keptOf("previews", "ours/one")(undefined, undefined)).toBeUndefined();
  });
});
