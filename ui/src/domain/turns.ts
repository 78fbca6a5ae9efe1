/** A call of a thread as a turn: what was said to the program, and what it answered. Pure. */
import { type ChatMessage, isRecord, partsOf } from "./messageParts";
import { chatOf } from "./messages";
import { parseRef } from "./refs";

export interface Turn {
  said: ChatMessage[];
  /** Inputs beside what was said. */
  rest: Record<string, unknown>;
  answered: ChatMessage[];
}

// What programs call the words of their user, the likeliest first.
const WORDS = ["message", "user_message", "question", "prompt", "user_input", "query", "input", "text", "content", "arg0"];

export function turnOf(inputs: unknown, output: unknown): Turn {
  const given = isRecord(inputs) ? inputs : { input: inputs };
  const own = Object.fromEntries(Object.entries(given).filter(([name, value]) => name !== "self" && !isModelRef(value)));
  const values = Object.entries(own);
  const chat = chatOf(inputs, output) ?? (values.length === 1 ? chatOf({ messages: values[0]![1] }, output) : null);
  if (chat !== null) {
    const answered = chat.messages.slice(chat.answerFrom);
    return { said: lastOfUser(chat.messages.slice(0, chat.answerFrom)), rest: {}, answered: answered.length > 0 ? answered : answer(output) };
  }
  const texts = values.filter(([, value]) => typeof value === "string" && value !== "").map(([name]) => name);
  const name = WORDS.find((word) => texts.includes(word)) ?? (texts.length === 1 ? texts[0] : undefined);
  if (name === undefined) return { said: values.length === 0 ? [] : [{ role: "user", parts: [{ kind: "other", value: own }] }], rest: {}, answered: answer(output) };
  const rest = Object.fromEntries(values.filter(([other]) => other !== name));
  return { said: [{ role: "user", parts: partsOf(own[name]) }], rest, answered: answer(output) };
}

const isModelRef = (value: unknown): boolean => typeof value === "string" && parseRef(value) !== null;

/** Earlier messages are other turns: only what the user said last belongs to this one. */
function lastOfUser(messages: readonly ChatMessage[]): ChatMessage[] {
  const last = messages.findLastIndex((message) => message.role === "user");
  return last < 0 ? messages.slice(-1) : messages.slice(last);
}

function answer(output: unknown): ChatMessage[] {
  if (output === null || output === undefined) return [];
  if (typeof output === "string") return [{ role: "assistant", parts: partsOf(output) }];
  return [{ role: "assistant", parts: [{ kind: "other", value: output }] }];
}
