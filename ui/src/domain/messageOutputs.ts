/** What a model answered, in the envelopes of the providers. Pure. */
import { type ChatMessage, isRecord, messageOf, partsOf, record } from "./messageParts";

/** The messages of an output, null when it has none. */
export function outputMessages(output: unknown): ChatMessage[] | null {
  if (typeof output === "string") return output === "" ? null : [{ role: "assistant", parts: partsOf(output) }];
  if (Array.isArray(output)) return listed(output);
  if (!isRecord(output)) return null;
  if (Array.isArray(output["choices"])) {
    return known(output["choices"].map((choice) => messageOf(record(choice)["message"] ?? record(choice)["delta"]) ?? textChoice(choice)));
  }
  if (Array.isArray(output["candidates"])) return known(output["candidates"].map((candidate) => messageOf(record(candidate)["content"])), "assistant");
  if (Array.isArray(output["output"])) return listed(output["output"]);
  if (isRecord(output["message"])) return known([messageOf(output["message"])]);
  if ("content" in output && ("role" in output || "stop_reason" in output)) return known([messageOf({ role: "assistant", ...output })]);
  return null;
}

function listed(items: unknown[]): ChatMessage[] | null {
  if (!items.every((item) => isRecord(item) && ("role" in item || "type" in item))) return null;
  return known(items.map(messageOf), "assistant");
}

/** An old completion: a choice with a text. */
function textChoice(choice: unknown): ChatMessage | null {
  const words = record(choice)["text"];
  return typeof words === "string" ? { role: "assistant", parts: partsOf(words) } : null;
}

function known(messages: (ChatMessage | null)[], role?: string): ChatMessage[] | null {
  const found = messages.filter((message) => message !== null).map((message) => (role && message.role === "user" ? { ...message, role } : message));
  return found.length === 0 ? null : found;
}
