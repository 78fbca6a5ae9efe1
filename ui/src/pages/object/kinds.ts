/** What a published value is made of, and the lines that fetch it with an SDK. Pure. */
import type { ObjectVersion } from "@/api/objects";
import { type ChatMessage, isRecord, messageOf, partsOf } from "@/domain/messageParts";
import { parseRef } from "@/domain/refs";

const INTERNAL = new Set(["_type", "_class_name", "_bases", "weave_type"]);
const FAMILIES: Record<string, string> = { Dataset: "dataset", Model: "model", Prompt: "prompt", Scorer: "scorer", Evaluation: "evaluation" };

export function familyOf(object: ObjectVersion): string {
  return object.kind === "op" ? "op" : (FAMILIES[object.base_object_class ?? ""] ?? "other");
}

/** The digest of the table with the rows of a dataset; null when the value has none. */
export function tableOf(value: unknown): string | null {
  if (!isRecord(value) || typeof value["rows"] !== "string") return null;
  const ref = parseRef(value["rows"]);
  return ref?.kind === "table" ? ref.name : null;
}

/** The messages or the text of a prompt; null when the value is none. */
export function promptOf(object: ObjectVersion): ChatMessage[] | string | null {
  const value = object.val;
  if (familyOf(object) !== "prompt" || !isRecord(value)) return null;
  if (Array.isArray(value["messages"])) {
    return value["messages"].map((item) => (typeof item === "string" ? { role: "user", parts: partsOf(item) } : messageOf(item))).filter((message) => message !== null);
  }
  return typeof value["content"] === "string" ? value["content"] : null;
}

/** The members that people wrote, without what the SDK adds, in the order: plain values, then ops. */
export function membersOf(value: unknown): { fields: [string, unknown][]; ops: [string, string][] } {
  const fields: [string, unknown][] = [];
  const ops: [string, string][] = [];
  for (const [name, item] of isRecord(value) ? Object.entries(value) : []) {
    if (INTERNAL.has(name) || item === null) continue;
    if (typeof item === "string" && parseRef(item)?.kind === "op") ops.push([name, item]);
    else fields.push([name, item]);
  }
  return { fields, ops };
}

export const refOf = (project: string, object: { kind: string; object_id: string; digest: string }) => `weave:///${project}/${object.kind === "op" ? "op" : "object"}/${object.object_id}:${object.digest}`;

/** Python lines that fetch the version. */
export function pythonOf(project: string, object: ObjectVersion): string {
  const name = variableOf(object);
  const start = `import weave\n\nweave.init("${project}")\n`;
  if (object.kind === "op") return `${start}${name} = weave.ref("${refOf(project, object)}").get()`;
  const got = `${start}${name} = weave.ref("${object.object_id}:${object.digest}").get()`;
  return familyOf(object) === "dataset" ? `${got}\nfor row in ${name}.rows:\n    print(row)` : got;
}

/** TypeScript lines that fetch the version; null for ops, which that SDK does not fetch. */
export function typescriptOf(project: string, object: ObjectVersion): string | null {
  if (object.kind === "op") return null;
  return `import * as weave from "weave";\n\nconst client = await weave.init("${project}");\nconst ${variableOf(object)} = await client.get(\n  weave.ObjectRef.fromUri("${refOf(project, object)}"),\n);`;
}

function variableOf(object: ObjectVersion): string {
  const family = familyOf(object);
  return family === "other" ? "value" : family;
}
