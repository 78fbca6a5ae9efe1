import { describe, expect, it } from "vitest";
import { fieldOf } from "@/domain/rubric";
import { answersOf, problemOf, sayingsOf } from "./answers";

const spec = (id: string, field_schema: object) => fieldOf({ id, ref: `ref:${id}`, val: { field_schema } });
const fields = [spec("ok", { type: "boolean" }), spec("stars", { type: "number", maximum: 5 }), spec("why", { type: "string", maxLength: 3 }), spec("tags", { type: "array", items: { enum: ["a", "b"] } })];

describe("answers", () => {
  it("come back as they were said, the newest first", () => {
    const said = [
      { feedback_type: "wandb.annotation.ok", payload: { value: false } },
      { feedback_type: "wandb.annotation.ok", payload: { value: true } },
      { feedback_type: "wandb.annotation.stars", payload: { value: 3.5 } },
      { feedback_type: "wandb.note.1", payload: { note: "hm" } },
    ];
    expect(answersOf(said, fields)).toEqual({ values: { ok: false, stars: "3.5" }, note: "hm" });
  });
  it("are sent as what the schema wants, and only those that were given", () => {
    const sayings = sayingsOf({ values: { ok: false, stars: "4", why: "", tags: ["a"] }, note: " fine " }, fields);
    expect(sayings).toEqual([
      { type: "wandb.annotation.ok", payload: { value: false }, annotationRef: "ref:ok" },
      { type: "wandb.annotation.stars", payload: { value: 4 }, annotationRef: "ref:stars" },
      { type: "wandb.annotation.tags", payload: { value: ["a"] }, annotationRef: "ref:tags" },
      { type: "wandb.note.1", payload: { note: "fine" } },
    ]);
  });
  it.each([
    [0, undefined, /skip/],
    [0, false, null],
    [1, "9", /At most 5/],
    [2, "", null],
    [2, "long", /3 characters/],
    [3, [], null],
  ])("of field %i, %j: %s", (at, value, problem) => {
    const found = problemOf(fields[at]!, value);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });
});
