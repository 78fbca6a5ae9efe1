/** A value in one line as a person would tell it: the text of a message, else `key value` pairs. Pure. */
import { brief as cut } from "./format";
import { outputMessages } from "./messageOutputs";
import { isRecord, messageOf } from "./messageParts";
import { refInShort } from "./refs";

export interface Glimpse {
  key: string;
  text: string;
}

export function glimpse(value: unknown, limit = 240): Glimpse[] {
  if (!isRecord(value)) return [{ key: "", text: Array.isArray(value) ? listed(value, limit) : brief(value, limit) }];
  const said = lastWords(value);
  if (said !== "") return [{ key: "", text: brief(said, limit) }];
  const pairs: Glimpse[] = [];
  let left = limit;
  for (const [key, item] of Object.entries(value)) {
    if (left <= 0) break;
    if (item === null || key === "self") continue;
    const text = isRecord(item) || Array.isArray(item) ? nested(item, left) : brief(item, left);
    pairs.push({ key, text });
    left -= key.length + text.length;
  }
  return pairs;
}

/** What was said last, when the value is a conversation or an answer. */
function lastWords(value: Record<string, unknown>): string {
  const given = value["messages"];
  const messages = Array.isArray(given) ? given.map(messageOf).filter((message) => message !== null) : "choices" in value || "content" in value || "output" in value || "candidates" in value ? (outputMessages(value) ?? []) : [];
  const parts = messages.at(-1)?.parts ?? [];
  const words = parts.flatMap((part) => (part.kind === "text" ? [part.text] : part.kind === "call" ? [`${part.name}(${brief(part.input, 100)})`] : []));
  return words.join(" ");
}

function nested(value: unknown, limit: number): string {
  if (Array.isArray(value)) return listed(value, limit);
  return `{${glimpse(value, limit).map(({ key, text }) => (key ? `${key}: ${text}` : text)).join(", ")}}`;
}

function listed(value: unknown[], limit: number): string {
  const parts = value.slice(0, 5).map((item) => (typeof item === "object" && item !== null ? nested(item, limit / 2) : brief(item, limit / 2)));
  return brief(`[${parts.join(", ")}${value.length > 5 ? ", …" : ""}]`, limit);
}

function brief(value: unknown, limit: number): string {
  return cut(typeof value === "string" ? (refInShort(value) ?? value) : value, limit);
}
