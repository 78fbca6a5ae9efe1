import { describe, expect, it } from "vitest";
import { differences, lineDifferences } from "./diff";
import { conditionOf, queryOf, readFilter, writeFilter } from "./filters";
import { glance, jsonLines } from "./jsonLines";
import { isContentRef, mediaOf, sniff } from "./media";
import { keysOf, pathOf, valueAt } from "./paths";
import { pageOfRef, parseRef, refInShort } from "./refs";

describe("paths", () => {
  it.each([["a.b", ["a", "b"]], ["a\\.b.c", ["a.b", "c"]], ["", [""]]])("%s has keys", (path, keys) => {
    expect(keysOf(path)).toEqual(keys);
    expect(pathOf(keys)).toBe(path);
  });
  it("reach own keys only", () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":1},"a":[5]}');
    expect(valueAt(value, "__proto__.x")).toBe(1);
    expect(valueAt(value, "a.0")).toBe(5);
    expect(valueAt(value, "constructor")).toBeUndefined();
    expect(valueAt({}, "__proto__")).toBeUndefined();
  });
});

describe("JSON lines", () => {
  it("show dangerous keys as ordinary ones", () => {
    const lines = jsonLines(JSON.parse('{"__proto__":{"x":1}}'), new Map());
    expect(lines.map((line) => line.path)).toEqual(["", "__proto__", "__proto__.x"]);
  });
  it("go only as deep as is open", () => {
    const value = { a: { b: { c: { d: 1 } } } };
    expect(jsonLines(value, new Map()).map((line) => line.path)).toEqual(["", "a", "a.b"]);
    expect(jsonLines(value, new Map([["a", false]])).map((line) => line.path)).toEqual(["", "a"]);
  });
  it("survive nesting that no stack would", () => {
    let deep: unknown = 1;
    for (let at = 0; at < 100_000; at++) deep = [deep];
    expect(jsonLines(deep, new Map()).length).toBe(3);
    expect(glance(deep)).toBe("[[…]]");
  });
});

describe("filters", () => {
  it("are read from an address as they were written", () => {
    const filter = { path: "inputs.a", operator: "has" as const, value: "x~y\n=" };
    expect(readFilter(writeFilter(filter))).toEqual(filter);
    expect(readFilter("nonsense")).toBeNull();
    expect(readFilter("a~eats~b")).toBeNull();
  });
  it("compare numbers as numbers and times as times", () => {
    expect(conditionOf({ path: "output.n", operator: "gt", value: "5" })).toEqual({ $gt: [{ $convert: { input: { $getField: "output.n" }, to: "double" } }, { $literal: 5 }] });
    expect(conditionOf({ path: "started_at", operator: "lt", value: "2026-01-01" })).toEqual({ $lt: [{ $getField: "started_at" }, { $literal: "2026-01-01" }] });
  });
  it("are all asked for at once", () => {
    expect(queryOf([])).toBeNull();
    expect(queryOf([{ a: 1 }, { b: 2 }])).toEqual({ $expr: { $and: [{ a: 1 }, { b: 2 }] } });
  });
});

describe("refs", () => {
  it.each([
    ["weave:///a/b/call/123", "/a/b/r/call/123"],
    ["weave:///a/b/object/o:v1/attr/rows", "/a/b/weave/objects/o/versions/v1"],
    ["weave:///a/b/op/f:d", "/a/b/weave/ops/f/versions/d"],
    ["weave:///a/b/agent_conversation/c%201", "/a/b/weave/agents/conversations/c%201"],
    ["weave:///a/b/table/abc", null],
    ["javascript:alert(1)", null],
  ])("%s leads to %s", (ref, page) => expect(pageOfRef(ref)).toBe(page));
  it("that name contents are known", () => {
    expect(isContentRef("weave:///a/b/object/image-12ab.png:d")).toBe(true);
    expect(parseRef("weave:///x")).toBeNull();
    expect(refInShort("weave:///e/p/object/bot:abcdefghij/attr/prompt/index/0")).toBe("bot:abcdef/prompt/0");
    expect(refInShort("weave:///e/p/call/1")).toBe("1");
    expect(refInShort("bot")).toBeNull();
  });
});

describe("media", () => {
  it("are recognised as SDKs write them", () => {
    expect(mediaOf({ _type: "CustomWeaveType", weave_type: { type: "PIL.Image.Image" }, files: { "image.png": "d" } })).toEqual({ kind: "stored", name: "image.png", digest: "d", mime: "image/png" });
    expect(mediaOf("data:image/png;base64,AAAA")?.kind).toBe("inline");
  });
  it("never are pages", () => {
    expect(mediaOf("data:text/html;base64,AAAA")).toBeNull();
    expect(mediaOf("data:image/svg+xml;base64,AAAA")).toBeNull();
  });
  it("say by their first bytes what they are", () => expect(sniff(Uint8Array.from([0x89, 0x50, 0x4e, 0x47]))).toBe("image/png"));
});

describe("differences", () => {
  it("are named by path", () => {
    expect(differences({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3], c: 0 }).map((item) => [item.path, item.kind])).toEqual([["b.1", "changed"], ["c", "added"]]);
    expect(differences({ a: null }, { a: null })).toEqual([]);
  });
  it("of texts keep the lines of both", () => {
    expect(lineDifferences("a\nb\nc", "a\nx\nc").map((line) => line.kind)).toEqual(["same", "removed", "added", "same"]);
  });
});
