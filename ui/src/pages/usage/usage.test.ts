import { describe, expect, it } from "vitest";
import { readFilters } from "@/domain/filters";
import { tracesOf } from "./links";
import { spanOf, widthOf } from "./range";

const NOW = new Date("2026-03-10T12:00:30Z");

describe("the time that an address means", () => {
  it.each([
    ["24h", "", "", { start: "2026-03-09T12:00:00.000Z", end: undefined }],
    ["", "", "", { start: "2026-03-03T12:00:00.000Z", end: undefined }],
    ["nonsense", "yesterday", "", { start: "2026-03-03T12:00:00.000Z", end: undefined }],
    ["24h", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", { start: "2026-01-01T00:00:00.000Z", end: "2026-01-02T00:00:00.000Z" }],
    ["", "2026-01-01T00:00:00Z", "", { start: "2026-01-01T00:00:00.000Z", end: undefined }],
  ])("range %j, start %j, end %j", (range, start, end, span) => expect(spanOf(range, start, end, NOW)).toEqual(span));

  it.each([[300, "5 minutes"], [3600, "hour"], [21_600, "6 hours"], [604_800, "7 days"], [90, "90 seconds"]])("%d seconds are %s", (seconds, words) => expect(widthOf(seconds)).toBe(words));
});

describe("the traces behind a figure", () => {
  const usage = { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" };
  const filters = (search: string) => readFilters(new URLSearchParams(search).getAll("f")).slice(2);
  it("are those of the group, whatever its name holds", () => {
    expect(filters(tracesOf(usage, "model", "gpt-4.1 x&y", true))).toEqual([
      { path: "summary.usage.gpt-4\\.1 x&y", operator: "set", value: "" },
      { path: "summary.weave.status", operator: "is", value: "error" },
    ]);
  });
  it.each([["op", "summary.weave.trace_name"], ["user", "wb_user_id"]] as const)("are found by %s", (by, path) => {
    expect(filters(tracesOf(usage, by, "a"))).toEqual([{ path, operator: "is", value: "a" }]);
  });
});
