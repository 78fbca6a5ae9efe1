import { describe, expect, it } from "vitest";
import type { ObjectVersion } from "@/api/objects";
import { membersOf, promptOf, pythonOf, tableOf, typescriptOf } from "./kinds";

const version = (fields: Partial<ObjectVersion>): ObjectVersion => ({
  project_id: "team/app", object_id: "thing", created_at: "2026-01-01T00:00:00Z", digest: "d1", version_index: 0, is_latest: 1, kind: "object", base_object_class: null, val: null, ...fields,
});

describe("a published value", () => {
  it("is a dataset when its rows are a table", () => {
    expect(tableOf({ rows: "weave:///team/app/table/abc" })).toBe("abc");
    for (const value of [null, "x", {}, { rows: [1] }, { rows: "weave:///team/app/object/abc:1" }]) expect(tableOf(value)).toBeNull();
  });
  it("is a prompt of messages or of text", () => {
    const messages = promptOf(version({ base_object_class: "Prompt", val: { messages: [{ role: "system", content: "Be kind" }, "hello", 7] } }));
    expect(messages).toEqual([{ role: "system", parts: [{ kind: "text", text: "Be kind" }] }, { role: "user", parts: [{ kind: "text", text: "hello" }] }]);
    expect(promptOf(version({ base_object_class: "Prompt", val: { content: "Hi {name}" } }))).toBe("Hi {name}");
    expect(promptOf(version({ val: { content: "no prompt" } }))).toBeNull();
  });
  it("shows what people wrote, ops apart", () => {
    const op = "weave:///team/app/op/Bot.predict:abc";
    expect(membersOf({ _type: "Bot", _bases: [], name: "bot", description: null, predict: op })).toEqual({ fields: [["name", "bot"]], ops: [["predict", op]] });
  });
  it("is fetched with the lines of each SDK", () => {
    expect(pythonOf("team/app", version({ base_object_class: "Dataset" }))).toContain('dataset = weave.ref("thing:d1").get()');
    expect(typescriptOf("team/app", version({}))).toContain('weave.ObjectRef.fromUri("weave:///team/app/object/thing:d1")');
    expect(typescriptOf("team/app", version({ kind: "op" }))).toBeNull();
  });
});
