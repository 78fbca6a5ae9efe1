/** Refs: the addresses of things in Weave's words, and the pages on which they are shown. Pure. */

export interface Ref {
  entity: string;
  project: string;
  kind: "object" | "op" | "call" | "table" | "agent_turn" | "agent_span" | "agent_conversation";
  name: string;
  version: string | null;
  /** What follows the version: edges into the value. */
  extra: string;
}

const SHAPE =
  /^weave:\/\/\/([^/]+)\/([^/]+)\/(object|op|call|table|agent_turn|agent_span|agent_conversation)\/([^/:]+)(?::([^/]+))?(\/.*)?$/;

/** The parts of a ref, or null when the text is none. */
export function parseRef(text: string): Ref | null {
  if (!text.startsWith("weave:///") || text.length > 2000) return null;
  const match = SHAPE.exec(text);
  if (!match) return null;
  const [, entity, project, kind, name, version, extra] = match;
  return { entity: entity!, project: project!, kind: kind as Ref["kind"], name: name!, version: version ?? null, extra: extra ?? "" };
}

/** The name a ref ends in: its object, op or call. */
export function refLabel(text: string): string {
  return parseRef(text)?.name ?? text;
}

/** A ref in few characters: its name, the beginning of its version, and the edges into its value; null when it is none. */
export function refInShort(text: string): string | null {
  const ref = parseRef(text);
  if (ref === null) return null;
  const edges = ref.extra.replace(/\/(attr|key|index|id)\/([^/]+)/g, "/$2");
  return ref.version ? `${ref.name}:${ref.version.slice(0, 6)}${edges}` : ref.name;
}

/** Where a ref's page is, or null when it has none here. */
export function pageOfRef(text: string): string | null {
  const ref = parseRef(text);
  if (!ref) return null;
  const base = `/${ref.entity}/${ref.project}`;
  if (ref.kind === "call") return `${base}/r/call/${ref.name}`;
  if (ref.kind === "agent_conversation") return `${base}/weave/agents/conversations/${ref.name}`;
  if (ref.kind === "object" || ref.kind === "op") {
    return `${base}/weave/${ref.kind}s/${ref.name}/versions/${ref.version ?? "latest"}`;
  }
  return null;
}
