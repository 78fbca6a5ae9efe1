import { describe, expect, it } from "vitest";
import { choiceOfKey, fieldOf, idOfField, kindInWords, newFieldProblem, numberProblem, schemaOf } from "./rubric";

const field = (field_schema: unknown, more: object = {}) => fieldOf({ id: "mood", ref: "weave:///e/p/object/mood:1", val: { field_schema, ...more } });

describe("a spec", () => {
  it.each([
    [{ type: "boolean" }, "choice", "yes or no"],
    [{ enum: ["good", "bad"] }, "choice", "one of good, bad"],
    [{ type: "integer", minimum: 1, maximum: 5 }, "choice", "1 to 5"],
    [{ type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 4 }, "choice", "1 to 3"],
    [{ type: "integer", minimum: 0, maximum: 100 }, "number", "a number from 0 to 100"],
    [{ type: "number" }, "number", "a number"],
    [{ type: "string" }, "text", "text"],
    [{ type: ["string", "null"] }, "text", "text"],
    [{ anyOf: [{ type: "boolean" }, { type: "null" }] }, "choice", "yes or no"],
    [{ type: "array", items: { enum: ["a", "b"] } }, "several", "any of a, b"],
    [{ type: "object" }, "json", "JSON"],
    ["no schema", "json", "JSON"],
  ])("%j is asked as %s", (schema, kind, words) => {
    expect(field(schema).kind).toBe(kind);
    expect(kindInWords(field(schema))).toBe(words);
  });
  it("is named by its name, else by its object", () => {
    expect(field({}, { name: "Mood", description: "How it felt" })).toMatchObject({ title: "Mood", description: "How it felt" });
    expect(field({}).title).toBe("mood");
    expect(fieldOf({ id: "x", ref: "", val: null }).title).toBe("x");
  });
  it("must be answered unless null or nothing is an answer", () => {
    expect([field({ type: "boolean" }), field({ type: "string", minLength: 1 }), field({ type: "number" })].map((one) => one.optional)).toEqual([false, false, false]);
    expect([field({ type: ["boolean", "null"] }), field({ type: "string" })].map((one) => one.optional)).toEqual([true, true]);
  });
});

describe("keys", () => {
  it("choose by place, and on a scale by its own numbers", () => {
    expect(choiceOfKey(field({ enum: ["good", "bad"] }), "2")?.value).toBe("bad");
    expect(choiceOfKey(field({ type: "integer", minimum: 0, maximum: 3 }), "0")?.value).toBe(0);
    expect(choiceOfKey(field({ type: "integer", minimum: 0, maximum: 3 }), "4")).toBeUndefined();
    expect(choiceOfKey(field({ type: "boolean" }), "2")?.value).toBe(false);
  });
});

describe("typed numbers", () => {
  const whole = field({ type: "integer", minimum: 0, maximum: 100 });
  it.each([["", "Type a number."], ["x", "Type a number."], ["1.5", "Type a whole number."], ["-1", "At least 0."], ["101", "At most 100."], ["7", null]])("%s: %s", (typed, problem) =>
    expect(numberProblem(whole, typed)).toBe(problem));
});

describe("a new field", () => {
  const made = { name: "Is it kind?", kind: "enum", words: "yes, no ,no", low: 1, high: 5 };
  it("becomes an object and a schema", () => {
    expect(idOfField(made.name)).toBe("is-it-kind");
    expect(schemaOf(made)).toEqual({ enum: ["yes", "no"] });
    expect(schemaOf({ ...made, kind: "scale" })).toEqual({ type: "integer", minimum: 1, maximum: 5 });
  });
  it("says what is missing", () => {
    expect(newFieldProblem(made, [])).toBeNull();
    expect(newFieldProblem({ ...made, name: "???" }, [])).toMatch("name");
    expect(newFieldProblem(made, ["is-it-kind"])).toMatch("already");
    expect(newFieldProblem({ ...made, words: "yes" }, [])).toMatch("two words");
    expect(newFieldProblem({ ...made, kind: "scale", low: 5 }, [])).toMatch("go up");
  });
});
