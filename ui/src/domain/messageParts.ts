/** One message of a conversation: texts, pictures, files, tools that are called and what they gave. Pure. */
import { type Media, mediaOf } from "./media";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "thinking"; text: string }
  | { kind: "media"; media: Media; label: string }
  | { kind: "link"; url: string; label: string }
  | { kind: "call"; id: string; name: string; input: unknown }
  | { kind: "result"; id: string; parts: Part[] }
  | { kind: "other"; value: unknown };

export interface ChatMessage {
  role: string;
  name?: string;
  parts: Part[];
}

type Dict = Record<string, unknown>;

export const isRecord = (value: unknown): value is Dict => typeof value === "object" && value !== null && !Array.isArray(value);
export const record = (value: unknown): Dict => (isRecord(value) ? value : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A message in any of the known shapes; null when it is nothing. */
export function messageOf(value: unknown): ChatMessage | null {
  if (!isRecord(value)) return null;
  const type = value["type"];
  // Responses API: calls and their outputs are items beside messages.
  if (type === "function_call") return { role: "assistant", parts: [toolCall(value["call_id"], value["name"], value["arguments"])] };
  if (type === "function_call_output") return { role: "tool", parts: [{ kind: "result", id: text(value["call_id"]), parts: partsOf(value["output"]) }] };
  if (type === "reasoning") return { role: "assistant", parts: partsOf(value["summary"]).map((part) => (part.kind === "text" ? { kind: "thinking", text: part.text } : part)) };
  const role = roleOf(text(value["role"]) || "user");
  const parts = partsOf(value["content"] ?? value["parts"]);
  for (const name of ["reasoning_content", "reasoning", "thinking"]) if (text(value[name])) parts.unshift({ kind: "thinking", text: text(value[name]) });
  if (text(value["refusal"])) parts.push({ kind: "text", text: text(value["refusal"]) });
  for (const call of Array.isArray(value["tool_calls"]) ? value["tool_calls"] : []) {
    const inner = record(record(call)["function"]);
    parts.push(toolCall(record(call)["id"], inner["name"] ?? record(call)["name"], inner["arguments"] ?? record(call)["args"]));
  }
  if (isRecord(value["function_call"])) parts.push(toolCall("", value["function_call"]["name"], value["function_call"]["arguments"]));
  if (role === "tool" && !parts.some((part) => part.kind === "result")) return { role, parts: [{ kind: "result", id: text(value["tool_call_id"]), parts }] };
  const name = text(value["name"]);
  return name ? { role, name, parts } : { role, parts };
}

const ROLES: Record<string, string> = { model: "assistant", human: "user", ai: "assistant", developer: "system", function: "tool" };
const roleOf = (role: string): string => ROLES[role] ?? role;

/** The parts of a message's content. */
export function partsOf(content: unknown): Part[] {
  if (content === null || content === undefined || content === "") return [];
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (Array.isArray(content)) return content.flatMap(partOf);
  return partOf(content);
}

function partOf(item: unknown): Part[] {
  if (typeof item === "string") return [{ kind: "text", text: item }];
  const media = mediaOf(item);
  if (media) return [{ kind: "media", media, label: "attachment" }];
  if (!isRecord(item)) return [{ kind: "other", value: item }];
  const type = text(item["type"]);
  if (type === "thinking" || type === "redacted_thinking") return [{ kind: "thinking", text: text(item["thinking"]) || "(not shown by the provider)" }];
  if (type === "tool_use" || type === "server_tool_use") return [toolCall(item["id"], item["name"], item["input"])];
  if (type === "tool_result") return [{ kind: "result", id: text(item["tool_use_id"]), parts: partsOf(item["content"]) }];
  const told = genAiPart(type, item);
  if (told) return told;
  if (isRecord(item["functionCall"] ?? item["function_call"])) {
    const call = record(item["functionCall"] ?? item["function_call"]);
    return [toolCall("", call["name"], call["args"])];
  }
  if (isRecord(item["functionResponse"])) return [{ kind: "result", id: text(item["functionResponse"]["name"]), parts: [{ kind: "other", value: item["functionResponse"]["response"] }] }];
  const shown = picture(item) ?? sound(item);
  if (shown) return [shown];
  const words = item["text"] ?? item["output_text"] ?? item["input_text"] ?? (type === "refusal" ? item["refusal"] : undefined);
  return typeof words === "string" ? [{ kind: "text", text: words }] : [{ kind: "other", value: item }];
}

/** The parts of OpenTelemetry's GenAI conventions, whose words are in `content`. */
function genAiPart(type: string, item: Dict): Part[] | null {
  const content = item["content"];
  if (type === "text" && typeof content === "string") return [{ kind: "text", text: content }];
  if (type === "reasoning" && typeof content === "string") return [{ kind: "thinking", text: content }];
  if (type === "tool_call") return [toolCall(item["id"], item["name"], item["arguments"])];
  if (type === "tool_call_response") return [{ kind: "result", id: text(item["id"]), parts: partsOf(item["response"] ?? item["result"]) }];
  return null;
}

function picture(item: Dict): Part | null {
  const source = record(item["source"]);
  const inline = record(item["inlineData"] ?? item["inline_data"]);
  const data = source["data"] ?? inline["data"];
  const mime = text(source["media_type"] ?? inline["mimeType"] ?? inline["mime_type"]);
  const given = typeof data === "string" && mime ? `data:${mime};base64,${data}` : item["image_url"] ?? source["url"];
  const url = isRecord(given) ? given["url"] : given;
  if (typeof url !== "string") {
    const stored = mediaOf(url);
    return stored ? { kind: "media", media: stored, label: "picture" } : null;
  }
  const media = mediaOf(url);
  // Pictures from elsewhere are links: opening a trace tells no other server about it.
  return media ? { kind: "media", media, label: "picture" } : { kind: "link", url, label: "picture" };
}

function sound(item: Dict): Part | null {
  const audio = record(item["input_audio"] ?? item["audio"]);
  if (typeof audio["data"] !== "string") return null;
  const media = mediaOf(`data:audio/${text(audio["format"]) || "wav"};base64,${audio["data"]}`);
  return media ? { kind: "media", media, label: "sound" } : null;
}

function toolCall(id: unknown, name: unknown, input: unknown): Part {
  return { kind: "call", id: text(id), name: text(name) || "tool", input: parsed(input) };
}

/** Arguments come as JSON text from some and as values from others. */
function parsed(input: unknown): unknown {
  if (typeof input !== "string") return input ?? {};
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}
