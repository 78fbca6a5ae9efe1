/** What people are asked about a call: the JSON Schema of an annotation spec as a field with choices. Pure. */
import { isRecord } from "./messageParts";

export type FieldKind = "choice" | "several" | "number" | "text" | "json";

export interface Choice {
  value: unknown;
  label: string;
  /** The key that chooses it; empty beyond the ninth. */
  key: string;
}

export interface RubricField {
  /** The name of the spec's object, and of its annotations. */
  id: string;
  ref: string;
  title: string;
  description: string;
  kind: FieldKind;
  /** The answers, of the kinds that have some. */
  choices: Choice[];
  min: number | null;
  max: number | null;
  whole: boolean;
  longest: number | null;
  /** Whether an item can be finished without it. */
  optional: boolean;
}

// A scale of so many steps is a row of buttons; a longer one is a number to type.
const LONGEST_SCALE = 11;

export function fieldOf(spec: { id: string; ref: string; val: unknown }): RubricField {
  const val = isRecord(spec.val) ? spec.val : {};
  const [schema, nullable] = withoutNull(isRecord(val["field_schema"]) ? val["field_schema"] : {});
  const [kind, choices] = shapeOf(schema);
  return {
    id: spec.id,
    ref: spec.ref,
    title: text(val["name"]) || text(schema["title"]) || spec.id,
    description: text(val["description"]) || text(schema["description"]),
    kind,
    choices,
    min: lowest(schema),
    max: highest(schema),
    whole: schema["type"] === "integer",
    longest: number(schema["maxLength"]),
    optional: nullable || kind === "several" || (kind === "text" && !(Number(schema["minLength"]) > 0)),
  };
}

/** A word on what is asked: "yes or no", "1 to 5", "one of good, bad". */
export function kindInWords(field: RubricField): string {
  const labels = field.choices.map((choice) => choice.label);
  if (field.kind === "choice" && labels.join() === "Yes,No") return "yes or no";
  if (field.kind === "choice") return typeof field.choices[0]?.value === "number" && labels.length > 2 ? `${labels[0]} to ${labels.at(-1)}` : `one of ${labels.join(", ")}`;
  if (field.kind === "several") return `any of ${labels.join(", ")}`;
  if (field.kind === "number") return field.min !== null && field.max !== null ? `a number from ${field.min} to ${field.max}` : "a number";
  return field.kind === "text" ? "text" : "JSON";
}

/** What a typed number must be, or null when it may be sent. */
export function numberProblem(field: RubricField, typed: string): string | null {
  const value = Number(typed);
  if (typed.trim() === "" || Number.isNaN(value)) return "Type a number.";
  if (field.whole && !Number.isInteger(value)) return "Type a whole number.";
  if (field.min !== null && value < field.min) return `At least ${field.min}.`;
  return field.max !== null && value > field.max ? `At most ${field.max}.` : null;
}

/** The choice that a key means. */
export const choiceOfKey = (field: RubricField, key: string): Choice | undefined => field.choices.find((choice) => choice.key === key);

function shapeOf(schema: Record<string, unknown>): [FieldKind, Choice[]] {
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) return ["choice", numbered(schema["enum"])];
  const type = schema["type"];
  if (type === "boolean") return ["choice", [{ value: true, label: "Yes", key: "1" }, { value: false, label: "No", key: "2" }]];
  if (type === "integer") {
    const [low, high] = [lowest(schema), highest(schema)];
    const steps = low === null || high === null ? Infinity : Math.floor(high) - Math.ceil(low) + 1;
    if (steps > 0 && steps <= LONGEST_SCALE && schema["multipleOf"] === undefined) return ["choice", scale(Math.ceil(low!), steps)];
  }
  if (type === "integer" || type === "number") return ["number", []];
  if (type === "array" && isRecord(schema["items"]) && Array.isArray(schema["items"]["enum"])) return ["several", numbered(schema["items"]["enum"])];
  return type === "string" ? ["text", []] : ["json", []];
}

/** The choices of a scale have their own number as key where that is one digit. */
function scale(low: number, steps: number): Choice[] {
  return Array.from({ length: steps }, (_, at) => ({ value: low + at, label: String(low + at), key: low + at >= 0 && low + at <= 9 ? String(low + at) : "" }));
}

function numbered(values: unknown[]): Choice[] {
  return values.map((value, at) => ({ value, label: typeof value === "string" ? value || '""' : JSON.stringify(value), key: at < 9 ? String(at + 1) : "" }));
}

/** The schema of the answers that are not null, and whether null is one. */
function withoutNull(schema: Record<string, unknown>): [Record<string, unknown>, boolean] {
  const options = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : Array.isArray(schema["oneOf"]) ? schema["oneOf"] : null;
  if (options) {
    const others = options.filter((one) => !(isRecord(one) && one["type"] === "null"));
    // What stands beside the options, such as a title, holds for the one that is left.
    if (others.length === 1 && isRecord(others[0])) return [{ ...schema, ...others[0] }, others.length < options.length];
    return [schema, others.length < options.length];
  }
  if (Array.isArray(schema["type"])) {
    const types = schema["type"].filter((type) => type !== "null");
    return [{ ...schema, type: types.length === 1 ? types[0] : undefined }, types.length < schema["type"].length];
  }
  return [schema, false];
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const exclusive = (schema: Record<string, unknown>, name: string, by: number) => {
  const bound = number(schema[name]);
  return bound === null ? null : schema["type"] === "integer" ? bound + by : bound;
};
const lowest = (schema: Record<string, unknown>) => number(schema["minimum"]) ?? exclusive(schema, "exclusiveMinimum", 1);
const highest = (schema: Record<string, unknown>) => number(schema["maximum"]) ?? exclusive(schema, "exclusiveMaximum", -1);

/** What somebody who makes a queue can ask about without writing a schema. */
export const NEW_KINDS = [
  { value: "boolean", label: "Yes or no" },
  { value: "scale", label: "A scale" },
  { value: "enum", label: "One of some words" },
  { value: "text", label: "Text" },
] as const;

export interface NewField {
  name: string;
  kind: string;
  /** The words, with commas between. */
  words: string;
  low: number;
  high: number;
}

/** The name of the object that a field becomes. */
export const idOfField = (name: string) => name.trim().toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");

export const wordsOf = (words: string) => [...new Set(words.split(",").map((word) => word.trim()).filter(Boolean))];

/** Why a field cannot be asked about yet, or null. */
export function newFieldProblem(field: NewField, taken: readonly string[]): string | null {
  const id = idOfField(field.name);
  if (id === "") return "Give it a name with letters or digits.";
  if (taken.includes(id)) return `There is a field ${id} already.`;
  if (field.kind === "enum" && wordsOf(field.words).length < 2) return "Give at least two words, with commas between.";
  return field.kind === "scale" && !(field.low < field.high) ? "The scale must go up." : null;
}

export function schemaOf(field: NewField): Record<string, unknown> {
  if (field.kind === "boolean") return { type: "boolean" };
  if (field.kind === "enum") return { enum: wordsOf(field.words) };
  return field.kind === "scale" ? { type: "integer", minimum: field.low, maximum: field.high } : { type: "string" };
}
