/** Monitors as they are stored, as a form holds them, and their queries in words. Pure. */
import { type Condition, conditionOf, type Filter, queryOf } from "./filters";
import { refLabel } from "./refs";

/** A stored Monitor; a ClassifierMonitor keeps its class keys. */
export interface MonitorValue {
  name: string | null;
  description: string | null;
  sampling_rate: number;
  scorers: string[];
  op_names: string[];
  query: unknown;
  is_traced: boolean;
  active: boolean;
  scorer_debounce_config: unknown;
  [key: string]: unknown;
}

/** What a form holds. `filters` is null when the query says more than filters can; `text` is then all of it. */
export interface MonitorForm {
  description: string;
  ops: string[];
  filters: Filter[] | null;
  text: string;
  percent: string;
  scorers: string[];
  traced: boolean;
  active: boolean;
}

const CLASS = { _type: "Monitor", _class_name: "Monitor", _bases: ["Object", "BaseModel"] };
const CLASS_KEYS = ["_type", "_class_name", "_bases"];

/** What a value would be without the keys that SDKs add at every level of a query. */
export function withoutClassKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutClassKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !CLASS_KEYS.includes(key)).map(([key, inner]) => [key, withoutClassKeys(inner)]));
}

/** A stored value as a monitor, whatever somebody may have put there. */
export function monitorOf(value: unknown): MonitorValue {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const texts = (given: unknown) => (Array.isArray(given) ? given.filter((item): item is string => typeof item === "string") : []);
  return {
    ...found,
    name: typeof found["name"] === "string" ? found["name"] : null,
    description: typeof found["description"] === "string" ? found["description"] : null,
    sampling_rate: typeof found["sampling_rate"] === "number" ? found["sampling_rate"] : 1,
    scorers: texts(found["scorers"]),
    op_names: texts(found["op_names"]),
    query: found["query"] ?? null,
    is_traced: found["is_traced"] !== false,
    active: found["active"] === true,
    scorer_debounce_config: found["scorer_debounce_config"] ?? null,
  };
}

/** An op as people call it: of a ref its name, with the version when one is meant. */
export function opInWords(op: string): string {
  const name = refLabel(op);
  const version = op.startsWith("weave:///") ? op.slice(op.lastIndexOf(":") + 1) : "*";
  return version === "*" ? name : `${name} (version ${version.slice(0, 7)})`;
}

export function formOf(value: MonitorValue): MonitorForm {
  const query = withoutClassKeys(value.query);
  const filters = filtersOf(query);
  return {
    description: value.description ?? "",
    ops: value.op_names,
    filters,
    text: filters === null ? JSON.stringify(query, null, 2) : "",
    percent: String(Number((value.sampling_rate * 100).toFixed(6))),
    scorers: value.scorers,
    traced: value.is_traced,
    active: value.active,
  };
}

/** What is wrong with a form by field, in sentences; empty when nothing is. */
export function problemsOf(form: MonitorForm): Partial<Record<"percent" | "scorers" | "text", string>> {
  const percent = Number(form.percent);
  const problems: ReturnType<typeof problemsOf> = {};
  if (form.percent.trim() === "" || !(percent >= 0 && percent <= 100)) problems.percent = "A number from 0 to 100.";
  if (form.scorers.length === 0) problems.scorers = "Choose at least one scorer: without any, nothing would be scored.";
  if (form.filters === null && form.text.trim() !== "" && parsed(form.text) === undefined) problems.text = "This is no JSON.";
  return problems;
}

/** What to publish: what was stored before, or nothing, with what the form says. */
export function valueOf(form: MonitorForm, before: MonitorValue | null): MonitorValue {
  const base = before ?? monitorOf(CLASS);
  return {
    ...base,
    description: form.description.trim() === "" ? null : form.description.trim(),
    op_names: form.ops,
    query: form.filters !== null ? queryOf(form.filters.map(conditionOf)) : (parsed(form.text) ?? null),
    sampling_rate: Number(form.percent) / 100,
    scorers: form.scorers,
    is_traced: form.traced,
    active: form.active,
  };
}

function parsed(text: string): unknown {
  try {
    return text.trim() === "" ? null : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** The filters that a query without class keys is made of, null when it says more than they can. */
export function filtersOf(query: unknown): Filter[] | null {
  if (query === null || query === undefined) return [];
  const expression = only(query, "$expr");
  if (expression === undefined) return null;
  const all = only(expression, "$and");
  const filters = (Array.isArray(all) ? all : [expression]).map(filterOf);
  return filters.every((filter) => filter !== null) ? filters : null;
}

/** The value of the one key an object has, undefined when it has others. */
function only(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && key in value ? (value as Record<string, unknown>)[key] : undefined;
}

/** A condition as the filter that would make exactly it. */
function filterOf(condition: unknown): Filter | null {
  const path = firstField(condition);
  if (path === null) return null;
  const text = String(firstLiteral(condition) ?? "");
  for (const operator of ["is", "not", "has", "gt", "lt", "set", "unset"] as const) {
    const value = operator === "set" || operator === "unset" ? "" : text;
    const filter: Filter = { path, operator, value };
    const empty = text === "" && (operator === "is" || operator === "not");
    if (!empty && JSON.stringify(conditionOf(filter)) === JSON.stringify(condition)) return filter;
  }
  return null;
}

function found(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, key)) return (value as Record<string, unknown>)[key];
  for (const inner of Object.values(value)) {
    const deeper = found(inner, key);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

const firstField = (condition: unknown) => {
  const path = found(condition, "$getField");
  return typeof path === "string" ? path : null;
};
const firstLiteral = (condition: unknown) => found(condition, "$literal");

const COMPARED: Record<string, string> = { $eq: "is", $gt: "is more than", $gte: "is at least", $lt: "is less than", $lte: "is at most" };
const DENIED: Record<string, string> = { $eq: "is not", $gt: "is not more than", $gte: "is not at least", $lt: "is not less than", $lte: "is not at most" };
const DEEPEST = 12;

/** A query in words, one line for each condition that has to hold; what cannot be told stays as JSON. */
export function inWords(query: unknown): string[] {
  const plain = withoutClassKeys(query);
  if (plain === null || plain === undefined) return [];
  const expression = only(plain, "$expr");
  if (expression === undefined) return [JSON.stringify(plain)];
  const all = only(expression, "$and");
  return (Array.isArray(all) ? all : [expression]).map((condition) => told(condition, 0));
}

function told(condition: unknown, depth: number, denied = false): string {
  if (typeof condition !== "object" || condition === null || depth > DEEPEST) return JSON.stringify(condition);
  const [name, value] = Object.entries(condition as Condition)[0] ?? ["", undefined];
  const no = denied ? "not " : "";
  if ((name === "$and" || name === "$or") && Array.isArray(value)) {
    return `${no}(${value.map((inner) => told(inner, depth + 1)).join(name === "$and" ? " and " : " or ")})`;
  }
  if (name === "$not" && Array.isArray(value) && value.length === 1) return denied ? told(value[0], depth + 1) : told(value[0], depth + 1, true);
  if (name in COMPARED && Array.isArray(value) && value.length === 2) return compared(name, value[0], value[1], denied);
  if (name === "$in" && Array.isArray(value) && Array.isArray(value[1])) return `${operand(value[0])} is ${no}one of ${value[1].map(operand).join(", ")}`;
  if (name === "$contains" && typeof value === "object" && value !== null) {
    const { input, substr } = value as { input?: unknown; substr?: unknown };
    return `${operand(input)} ${denied ? "does not contain" : "contains"} ${operand(substr)}`;
  }
  return `${no}${operand(condition)}`;
}

function compared(name: string, left: unknown, right: unknown, denied: boolean): string {
  const value = only(right, "$literal");
  if (name === "$eq" && (value === null || value === "")) return `${operand(left)} is ${denied ? "there" : "missing"}`;
  return `${operand(left)} ${(denied ? DENIED : COMPARED)[name]} ${operand(right)}`;
}

function operand(value: unknown): string {
  const field = only(value, "$getField");
  if (typeof field === "string") return field;
  const converted = only(value, "$convert");
  if (typeof converted === "object" && converted !== null && "input" in converted) return operand(converted.input);
  if (typeof value === "object" && value !== null && "$literal" in value) return JSON.stringify(value.$literal);
  return JSON.stringify(value);
}
