/** Filters as a person sets them, as an address carries them, and as the query language says them. Pure. */

export type Operator = "is" | "not" | "has" | "gt" | "lt" | "set" | "unset";

export interface Filter {
  path: string;
  operator: Operator;
  value: string;
}

export const OPERATORS: Record<Operator, string> = {
  is: "is",
  not: "is not",
  has: "contains",
  gt: "more than",
  lt: "less than",
  set: "is there",
  unset: "is missing",
};

/** What kind of value a field has decides how it is compared. */
export type FieldKind = "text" | "number" | "time" | "choice";

export interface Field {
  path: string;
  label: string;
  kind: FieldKind;
  choices?: readonly { value: string; label: string }[];
}

const TIMES = ["started_at", "ended_at", "created_at"];

export function writeFilter(filter: Filter): string {
  return `${filter.path}~${filter.operator}~${filter.value}`;
}

/** The filter of an address, or null when somebody mistyped it. */
export function readFilter(text: string): Filter | null {
  const match = /^([^~]+)~(is|not|has|gt|lt|set|unset)~([^]*)$/.exec(text);
  return match ? { path: match[1]!, operator: match[2] as Operator, value: match[3]! } : null;
}

export const readFilters = (texts: readonly string[]): Filter[] => texts.map(readFilter).filter((filter) => filter !== null);

export type Operand = { $getField: string } | { $literal: unknown } | { $convert: { input: Operand; to: string } };
export type Condition = Record<string, unknown>;

const field = (path: string): Operand => ({ $getField: path });
const literal = (value: unknown): Operand => ({ $literal: value });

/** Text that reads as a number, true or false is compared as one; a time as a time. */
export function conditionOf({ path, operator, value }: Filter): Condition {
  if (operator === "has") return contains(path, value);
  if (operator === "set") return { $not: [missing(path)] };
  if (operator === "unset") return missing(path);
  if (operator === "is") return { $eq: [field(path), literal(value)] };
  if (operator === "not") return { $not: [{ $eq: [field(path), literal(value)] }] };
  const name = operator === "gt" ? "$gt" : "$lt";
  if (TIMES.includes(path)) return { [name]: [field(path), literal(value)] };
  const parsed = Number(value);
  if (value.trim() === "" || Number.isNaN(parsed)) return { [name]: [field(path), literal(value)] };
  return { [name]: [{ $convert: { input: field(path), to: "double" } }, literal(parsed)] };
}

export function contains(path: string, text: string): Condition {
  return { $contains: { input: field(path), substr: literal(text), case_insensitive: true } };
}

const NULLABLE = ["ended_at", "exception", "display_name", "parent_id", "thread_id", "turn_id", "wb_run_id"];

function missing(path: string): Condition {
  return { $eq: [field(path), literal(NULLABLE.includes(path) ? null : "")] };
}

/** All conditions at once, as a query; null when there are none. */
export function queryOf(conditions: readonly Condition[]): { $expr: Condition } | null {
  if (conditions.length === 0) return null;
  return { $expr: conditions.length === 1 ? conditions[0]! : { $and: conditions } };
}
