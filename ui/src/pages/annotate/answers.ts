/** The answers to a rubric while they are given: drafts, what was said before, and what they amount to. Pure but for the draft. */
import { NOTE, type Saying } from "@/api/feedback";
import { numberProblem, type RubricField } from "@/domain/rubric";

export interface Answers {
  /** By the id of the field. Numbers, texts and JSON are kept as they are typed. */
  values: Record<string, unknown>;
  note: string;
}

export const ANNOTATION = "wandb.annotation.";
export const NOTHING: Answers = { values: {}, note: "" };

const isTyped = (field: RubricField) => field.kind === "number" || field.kind === "text" || field.kind === "json";

/** What was said before, as answers that can be changed; the newest of each counts. */
export function answersOf(said: readonly { feedback_type: string; payload: Record<string, unknown> }[], fields: readonly RubricField[]): Answers {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const one = said.find((item) => item.feedback_type === ANNOTATION + field.id);
    if (!one || one.payload["value"] === null) continue;
    const value = one.payload["value"];
    values[field.id] = field.kind === "json" ? JSON.stringify(value) : isTyped(field) ? String(value) : value;
  }
  const note = said.find((item) => item.feedback_type === NOTE);
  return { values, note: typeof note?.payload["note"] === "string" ? note.payload["note"] : "" };
}

export function isAnswered(field: RubricField, value: unknown): boolean {
  if (field.kind === "several") return Array.isArray(value) && value.length > 0;
  return value !== undefined && value !== null && value !== "";
}

/** Why an answer cannot be sent, or null. */
export function problemOf(field: RubricField, value: unknown): string | null {
  if (!isAnswered(field, value)) return field.optional ? null : "Answer this, or skip the item.";
  if (field.kind === "number") return numberProblem(field, String(value));
  if (field.kind === "text" && field.longest !== null && String(value).length > field.longest) return `At most ${field.longest} characters.`;
  if (field.kind === "json") {
    try {
      JSON.parse(String(value));
    } catch {
      return "This is no JSON.";
    }
  }
  return null;
}

/** What the answers say of the call. */
export function sayingsOf(answers: Answers, fields: readonly RubricField[]): Saying[] {
  const sayings: Saying[] = fields
    .filter((field) => isAnswered(field, answers.values[field.id]))
    .map((field) => ({ type: ANNOTATION + field.id, payload: { value: sent(field, answers.values[field.id]) }, annotationRef: field.ref }));
  if (answers.note.trim() !== "") sayings.push({ type: NOTE, payload: { note: answers.note.trim() } });
  return sayings;
}

function sent(field: RubricField, value: unknown): unknown {
  if (field.kind === "number") return Number(value);
  return field.kind === "json" ? JSON.parse(String(value)) : value;
}

const draftKey = (itemId: string) => `weft-draft-${itemId}`;

/** What was answered but not sent before the page was left, if the browser kept it. */
export function draftOf(itemId: string): Answers | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(draftKey(itemId)) ?? "null");
    return kept !== null && typeof kept === "object" && "values" in kept && "note" in kept ? (kept as Answers) : null;
  } catch {
    // Storage may be forbidden, or hold what somebody else wrote.
    return null;
  }
}

export function keepDraft(itemId: string, answers: Answers | null): void {
  try {
    if (answers === null) sessionStorage.removeItem(draftKey(itemId));
    else sessionStorage.setItem(draftKey(itemId), JSON.stringify(answers));
  } catch {
    // Then the draft lasts as long as the page.
  }
}
