import { describe, expect, it } from "vitest";
import { callIdsOf, seconds, shortId } from "./scoring";

describe("scoring in words", () => {
  it("finds call ids however they were pasted", () => {
    const text = "0192-aa, 0192-bb\n/team/app/r/call/0192-cc?tab=scoring weave:///team/app/call/0192-dd http://x/t/a/weave/calls/0192-aa";
    expect(callIdsOf(text)).toEqual(["0192-aa", "0192-bb", "0192-cc", "0192-dd"]);
    expect(callIdsOf("  \n ")).toEqual([]);
  });
  it("tells times and ids in short", () => {
    expect([seconds(0.2), seconds(90), seconds(null)]).toEqual(["1.0 s", "1m 30s", "–"]);
    expect([shortId("0197a3c2-0000-7000-8000-00000000abcd"), shortId("short")]).toEqual(["…0000abcd", "short"]);
  });
});
