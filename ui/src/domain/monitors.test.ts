import { describe, expect, it } from "vitest";
import { conditionOf, type Filter, queryOf } from "./filters";
import { filtersOf, formOf, inWords, monitorOf, opInWords, problemsOf, valueOf, withoutClassKeys } from "./monitors";

const keys = { _type: "Operation", _class_name: "Operation", _bases: ["BaseModel"] };
const field = (path: string) => ({ $getField: path, ...keys });
const literal = (value: unknown) => ({ $literal: value, ...keys });

const FILTERS: Filter[] = [
  { path: "inputs.language", operator: "is", value: "en" },
  { path: "output", operator: "not", value: "none" },
  { path: "inputs.question", operator: "has", value: "Why" },
  { path: "summary.weave.latency_ms", operator: "gt", value: "250" },
  { path: "started_at", operator: "lt", value: "2026-01-01T00:00:00Z" },
  { path: "exception", operator: "set", value: "" },
  { path: "output.answer", operator: "unset", value: "" },
];

describe("queries of monitors", () => {
  it("become the filters they were made of", () => {
    expect(filtersOf(queryOf(FILTERS.map(conditionOf)))).toEqual(FILTERS);
    for (const filter of FILTERS) expect(filtersOf(queryOf([conditionOf(filter)]))).toEqual([filter]);
    expect(filtersOf(null)).toEqual([]);
  });
  it.each([[{ $expr: { $or: [] } }], [{ $expr: { $eq: [{ $getField: "inputs.a" }, { $literal: 3 }] } }], ["text"], [{ $expr: { $eq: [] }, more: 1 }]])("stay JSON when filters cannot say them: %j", (query) => {
    expect(filtersOf(query)).toBeNull();
    const form = formOf(monitorOf({ query }));
    expect(valueOf(form, monitorOf({ query })).query).toEqual(query);
  });
  it("are told in words, whatever the SDK adds to them", () => {
    const query = { $expr: { $and: [{ $eq: [field("inputs.language"), literal("en")], ...keys }, { $not: [{ $gt: [field("output.n"), literal(3)] }] }], ...keys }, ...keys };
    expect(inWords(query)).toEqual(['inputs.language is "en"', "output.n is not more than 3"]);
    expect(inWords(queryOf(FILTERS.map(conditionOf)))).toEqual([
      'inputs.language is "en"',
      'output is not "none"',
      'inputs.question contains "Why"',
      "summary.weave.latency_ms is more than 250",
      'started_at is less than "2026-01-01T00:00:00Z"',
      "exception is there",
      "output.answer is missing",
    ]);
    expect(inWords({ $expr: { $or: [{ $eq: [field("a"), literal(1)] }, { $in: [field("b"), [literal("x"), literal("y")]] }] } })).toEqual(['(a is 1 or b is one of "x", "y")']);
    expect(inWords({ cannot: "be read" })).toEqual(['{"cannot":"be read"}']);
    expect(inWords(null)).toEqual([]);
  });
  it("lose their class keys at every level and nothing else", () => {
    expect(withoutClassKeys({ $expr: { $eq: [field("a"), literal([1, { _type: "x", b: 2 }])] }, ...keys })).toEqual({ $expr: { $eq: [{ $getField: "a" }, { $literal: [1, { b: 2 }] }] } });
  });
});

describe("forms of monitors", () => {
  it("publish the shape the SDK publishes", () => {
    const form = { ...formOf(monitorOf(null)), ops: ["weave:///a/b/op/answer:*"], percent: "25", scorers: ["weave:///a/b/object/judge:1"], active: true };
    expect(valueOf(form, null)).toEqual({
      _type: "Monitor", _class_name: "Monitor", _bases: ["Object", "BaseModel"], name: null, description: null, sampling_rate: 0.25,
      scorers: ["weave:///a/b/object/judge:1"], op_names: ["weave:///a/b/op/answer:*"], query: null, is_traced: true, active: true, scorer_debounce_config: null,
    });
  });
  it("keep what they do not show", () => {
    const stored = monitorOf({ _class_name: "ClassifierMonitor", prompt_header: "x", op_names: ["weave:///a/b/op/answer:*"], sampling_rate: 0.07, scorers: ["r"] });
    expect(valueOf(formOf(stored), stored)).toEqual(stored);
  });
  it("say what is wrong", () => {
    const form = formOf(monitorOf(null));
    expect(Object.keys(problemsOf({ ...form, percent: "101", filters: null, text: "{" }))).toEqual(["percent", "scorers", "text"]);
    expect(problemsOf({ ...form, percent: "0.5", scorers: ["x"] })).toEqual({});
  });
  it("call ops by their names", () => {
    expect([opInWords("weave:///a/b/op/answer:*"), opInWords("answer"), opInWords("weave:///a/b/op/answer:abcdefghij")]).toEqual(["answer", "answer", "answer (version abcdefg)"]);
  });
});
