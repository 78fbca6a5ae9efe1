import { describe, expect, it } from "vitest";
import { failureOf } from "./exceptions";
import { glimpse } from "./glimpse";
import { chatOf } from "./messages";
import { namedLike, openRows, revealed, type SpanFacts, traceTree } from "./trace";

function span(id: string, parent: string | null, second: number, more: Partial<SpanFacts> = {}): SpanFacts {
  return { id, parent_id: parent, name: id, op: id, started_at: new Date(second * 1000).toISOString(), status: "success", latency_ms: 500, ...more };
}
const ids = (nodes: { span: SpanFacts }[]) => nodes.map((node) => node.span.id);

describe("a trace as a tree", () => {
  it("is in the order it ran, whatever order it came in", () => {
    const tree = traceTree([span("c", "a", 3), span("b1", "b", 2), span("b", "a", 1), span("a", null, 0)]);
    expect(ids(tree.nodes)).toEqual(["a", "b", "b1", "c"]);
    expect(tree.nodes.map((node) => node.depth)).toEqual([0, 1, 2, 1]);
    expect(tree.length).toBe(3500);
    expect(tree.byId.get("a")?.below).toBe(3);
  });
  it("shows spans whose parent is unknown, and one that names itself", () => {
    expect(ids(traceTree([span("x", "gone", 0), span("y", "y", 1)]).nodes)).toEqual(["x", "y"]);
  });
  it("sums costs up once, whether SDKs did or not", () => {
    const sumsItself = traceTree([span("a", null, 0, { cost: 3 }), span("b", "a", 1, { cost: 1 }), span("c", "a", 2, { cost: 2 })]);
    const doesNot = traceTree([span("a", null, 0), span("b", "a", 1, { cost: 1 }), span("c", "b", 2, { cost: 2 })]);
    expect(sumsItself.nodes[0]?.cost).toBe(3);
    expect(doesNot.nodes[0]?.cost).toBe(2);
    expect(traceTree([span("a", null, 0)]).nodes[0]?.cost).toBeNull();
  });
  it("hides what is below a closed span, and reveals what is open", () => {
    const tree = traceTree([span("a", null, 0), span("b", "a", 1), span("b1", "b", 2), span("c", "a", 3)]);
    expect(ids(openRows(tree, new Set(["b"])))).toEqual(["a", "b", "c"]);
    expect([...revealed(tree, new Set(["a", "b", "c"]), "b1")]).toEqual(["c"]);
    expect([...namedLike(tree, "B")]).toEqual(["b", "b1"]);
  });
  it("is made of 10 000 nested spans without running out of stack", () => {
    const spans = Array.from({ length: 10_000 }, (_, at) => span(`s${at}`, at === 0 ? null : `s${at - 1}`, at));
    expect(traceTree(spans).nodes.at(-1)?.depth).toBe(9999);
  });
});

describe("conversations", () => {
  const call = { id: "c1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
  it("of OpenAI have tools and answers", () => {
    const inputs = { model: "m", temperature: 0.1, messages: [{ role: "developer", content: "s" }, { role: "assistant", content: null, tool_calls: [call] }, { role: "tool", tool_call_id: "c1", content: "2" }] };
    const chat = chatOf(inputs, { choices: [{ message: { role: "assistant", content: "two" } }] });
    expect(chat?.messages.map((message) => message.role)).toEqual(["system", "assistant", "tool", "assistant"]);
    expect(chat?.messages[1]?.parts[0]).toEqual({ kind: "call", id: "c1", name: "add", input: { a: 1 } });
    expect(chat?.answerFrom).toBe(3);
    expect(chat?.settings).toEqual({ model: "m", temperature: 0.1 });
  });
  it("of Anthropic have a system text, thinking and tool results", () => {
    const inputs = { system: "be kind", messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "ok" }] }] };
    const chat = chatOf(inputs, { role: "assistant", content: [{ type: "thinking", thinking: "hm" }, { type: "tool_use", id: "t", name: "f", input: {} }] });
    expect(chat?.messages.map((message) => message.parts.map((part) => part.kind))).toEqual([["text"], ["result"], ["thinking", "call"]]);
  });
  it("of the Responses API are lists of items", () => {
    const chat = chatOf({ instructions: "i", input: "hi" }, { output: [{ type: "function_call", call_id: "1", name: "f", arguments: "{}" }, { type: "message", role: "assistant", content: [{ type: "output_text", text: "yes" }] }] });
    expect(chat?.messages.map((message) => message.parts[0]?.kind)).toEqual(["text", "text", "call", "text"]);
    const listed = chatOf({ input: [{ role: "user", content: "hi" }] }, { output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "yes" }] }] });
    expect(listed?.messages.map((message) => message.parts)).toEqual([[{ kind: "text", text: "hi" }], [{ kind: "text", text: "yes" }]]);
  });
  it("of Gemini have parts", () => {
    const chat = chatOf({ contents: [{ role: "user", parts: [{ text: "hi" }] }] }, { candidates: [{ content: { role: "model", parts: [{ text: "yo" }] } }] });
    expect(chat?.messages.map((message) => message.role)).toEqual(["user", "assistant"]);
  });
  it("load no picture from elsewhere", () => {
    const chat = chatOf({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://spy.example/x.png" } }] }] }, null);
    expect(chat?.messages[0]?.parts[0]?.kind).toBe("link");
  });
  it("are not seen where there are none", () => {
    expect(chatOf({ question: "x" }, { answer: "y" })).toBeNull();
    expect(chatOf({ messages: "text" }, "out")).toBeNull();
    expect(chatOf(null, null)).toBeNull();
    expect(chatOf({ messages: [null, 1] }, undefined)).toBeNull();
  });
});

describe("a value at a glance", () => {
  it("is what was said last", () => expect(glimpse({ choices: [{ message: { content: "hello" } }] })).toEqual([{ key: "", text: "hello" }]));
  it("is pairs else", () => expect(glimpse({ a: 1, b: { c: "x" }, n: null })).toEqual([{ key: "a", text: "1" }, { key: "b", text: "{c: x}" }]));
});

describe("exceptions", () => {
  it("are read from JSON, from tracebacks and from texts", () => {
    expect(failureOf('{"type":"ValueError","message":"m","traceback":"T"}')).toEqual({ title: "ValueError: m", traceback: "T" });
    expect(failureOf("Traceback (most recent call last):\n  File x\nKeyError: 'a'").title).toBe("KeyError: 'a'");
    expect(failureOf("boom")).toEqual({ title: "boom", traceback: null });
  });
});
