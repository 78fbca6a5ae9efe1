/** Conversations with models inside of calls, in the shapes of OpenAI, Anthropic and Gemini, as one shape. Pure. */
import { outputMessages } from "./messageOutputs";
import { type ChatMessage, isRecord, messageOf, partsOf, record } from "./messageParts";

export type { ChatMessage, Part } from "./messageParts";

export interface Tool {
  name: string;
  description: string;
  parameters: unknown;
}

export interface Chat {
  messages: ChatMessage[];
  /** From which message on they are the answer. */
  answerFrom: number;
  tools: Tool[];
  /** What else the model was told: temperature and the like. */
  settings: Record<string, unknown>;
}

const HOLDERS = ["messages", "contents", "input", "prompt"];
const TOLD = new Set([...HOLDERS, "system", "instructions", "tools", "self", "kwargs", "functions"]);

/** The conversation of a call, or null when it holds none. */
export function chatOf(inputs: unknown, output: unknown): Chat | null {
  if (!isRecord(inputs)) return null;
  const source = HOLDERS.some((name) => name in inputs) ? inputs : record(inputs["kwargs"]);
  const holder = HOLDERS.find((name) => looksLikeChat(source[name]));
  const answer = outputMessages(output);
  if (holder === undefined && (answer === null || !isModelOutput(output))) return null;
  const messages: ChatMessage[] = [];
  for (const name of ["system", "instructions"]) {
    if (source[name] !== undefined && source[name] !== null) messages.push({ role: "system", parts: partsOf(source[name]) });
  }
  const given = holder === undefined ? (source["input"] ?? source["prompt"]) : source[holder];
  if (typeof given === "string") messages.push({ role: "user", parts: partsOf(given) });
  else if (Array.isArray(given)) messages.push(...given.map(messageOf).filter((message) => message !== null));
  const answerFrom = messages.length;
  if (answer) messages.push(...answer);
  if (messages.length === 0) return null;
  const settings = Object.fromEntries(Object.entries(source).filter(([name, value]) => !TOLD.has(name) && value !== null && isSmall(value)));
  return { messages, answerFrom, tools: toolsOf(source["tools"] ?? source["functions"]), settings };
}

function looksLikeChat(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isRecord(item) && ("role" in item || "type" in item || "parts" in item)) && value.some((item) => isRecord(item) && ("role" in item || item["type"] === "message"));
}

/** Whether an output has the envelope of a provider: a plain text may be anything. */
function isModelOutput(output: unknown): boolean {
  if (!isRecord(output)) return false;
  if (Array.isArray(output["output"])) return output["output"].some((item) => isRecord(item) && (item["type"] === "message" || item["type"] === "function_call"));
  return (Array.isArray(output["choices"]) || Array.isArray(output["candidates"]) || (output["role"] === "assistant" && "content" in output));
}

function isSmall(value: unknown): boolean {
  return typeof value !== "object" || JSON.stringify(value).length < 300;
}

function toolsOf(value: unknown): Tool[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((item) => {
    const inner = isRecord(item["function"]) ? item["function"] : item;
    return { name: String(inner["name"] ?? inner["type"] ?? "tool"), description: String(inner["description"] ?? ""), parameters: inner["parameters"] ?? inner["input_schema"] ?? null };
  });
}
