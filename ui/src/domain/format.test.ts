import { describe, expect, it } from "vitest";
import { ago, brief, bytes, compact, counted, duration, leavesOf, money, number, opLabel } from "./format";

describe("what people read", () => {
  it.each([
    [0, "0 ms"], [999, "999 ms"], [1500, "1.5 s"], [59_960, "1m 0s"], [61_000, "1m 1s"], [3_660_000, "1h 1m"], [null, "–"], [Number.NaN, "–"],
  ])("duration of %s is %s", (value, text) => expect(duration(value)).toBe(text));
  it.each([[0, "$0"], [0.00001, "<$0.0001"], [0.00123, "$0.00123"], [0.5, "$0.50"], [12.345, "$12.35"], [null, "–"]])("money %s is %s", (value, text) => expect(money(value)).toBe(text));
  it("time past is in one unit", () => {
    const now = Date.parse("2026-01-02T00:00:00Z");
    expect(ago("2026-01-01T23:59:58Z", now)).toBe("now");
    expect(ago("2026-01-01T23:57:00Z", now)).toContain("3");
    expect(ago("no time", now)).toBe("no time");
  });
  it("op refs are called by their name", () => {
    expect(opLabel("weave:///a/b/op/predict:xyz")).toBe("predict");
    expect(opLabel("plain")).toBe("plain");
  });
  it("long values are cut to a line", () => {
    expect(brief("a\n  b")).toBe("a b");
    expect(brief("x".repeat(5_000_000), 10)).toBe(`${"x".repeat(10)}…`);
    expect(brief(undefined)).toBe("–");
  });
  it("numbers have as many digits as they need", () => {
    expect(number(0.123456)).toBe("0.1235");
    expect(number(12345)).toBe("12,345");
    expect(compact(1234)).toBe("1.2K");
    expect(bytes(2048)).toBe("2.0 KB");
    expect(counted(1, "row")).toBe("1 row");
  });
  it("leaves of nested values have dotted paths", () => {
    expect(leavesOf({ a: { b: 1 }, c: null, d: ["x"] })).toEqual([["a.b", "1"], ["d.0", "x"]]);
  });
});
