import { describe, expect, it } from "vitest";
import { turnOf } from "./turns";

const text = (role: string, words: string) => ({ role, parts: [{ kind: "text", text: words }] });

describe("a turn", () => {
  it("is what the user said last and the model's answer", () => {
    const messages = [{ role: "system", content: "Be brief." }, { role: "user", content: "one" }, { role: "assistant", content: "1" }, { role: "user", content: "two" }];
    const turn = turnOf({ model: "m", messages }, { choices: [{ message: { role: "assistant", content: "2" } }] });
    expect(turn.said).toEqual([text("user", "two")]);
    expect(turn.answered).toEqual([text("assistant", "2")]);
  });
  it("finds the words of the user by their name, without the model's own ref", () => {
    const turn = turnOf({ self: "weave:///a/b/object/bot:1", question: "where?", topic: "order" }, "there");
    expect(turn).toEqual({ said: [text("user", "where?")], rest: { topic: "order" }, answered: [text("assistant", "there")] });
  });
  it("takes the only text there is, and a list of messages under any name", () => {
    expect(turnOf({ ask: "hm?", n: 1 }, null)).toEqual({ said: [text("user", "hm?")], rest: { n: 1 }, answered: [] });
    expect(turnOf({ history: [{ role: "user", content: "hi" }] }, "hello").said).toEqual([text("user", "hi")]);
  });
  it("reads the parts of OpenTelemetry's conventions", () => {
    const parts = [{ type: "reasoning", content: "hm" }, { type: "text", content: "yes" }, { type: "tool_call", id: "1", name: "find", arguments: { a: 1 } }];
    const messages = [{ role: "user", parts: [{ type: "text", content: "hi" }] }];
    const { said, answered } = turnOf({ messages }, { role: "assistant", content: parts });
    expect(said).toEqual([text("user", "hi")]);
    expect(answered[0]?.parts).toEqual([{ kind: "thinking", text: "hm" }, { kind: "text", text: "yes" }, { kind: "call", id: "1", name: "find", input: { a: 1 } }]);
  });
  it("shows what is no text as it is", () => {
    expect(turnOf({ a: "x", b: "y" }, { z: 1 })).toEqual({
      said: [{ role: "user", parts: [{ kind: "other", value: { a: "x", b: "y" } }] }],
      rest: {},
      answered: [{ role: "assistant", parts: [{ kind: "other", value: { z: 1 } }] }],
    });
    expect(turnOf(null, undefined).answered).toEqual([]);
  });
});
