/** A JSON value as lines of a tree, only as deep as it is opened. Pure. */
import { mediaOf } from "./media";
import { pathOf } from "./paths";

export interface JsonLine {
  path: string;
  depth: number;
  /** The key or index under which the value stands; null at the top. */
  name: string | null;
  value: unknown;
  /** How many items it holds; null for a scalar. */
  size: number | null;
  open: boolean;
}

/** The most items of one value that are shown at once; more come when asked for. */
export const PAGE = 500;

/** Which paths are open beyond the usual, and which of the usual ones are closed. */
export type Opened = ReadonlyMap<string, boolean>;

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Open at first: the top levels, unless they are long. */
function opensItself(depth: number, size: number, levels: number): boolean {
  return depth < levels && size <= (depth === 0 ? PAGE : 30);
}

export function jsonLines(value: unknown, opened: Opened, levels = 2, name: string | null = null): JsonLine[] {
  const lines: JsonLine[] = [];
  const stack: { keys: string[]; name: string | null; value: unknown }[] = [{ keys: [], name, value }];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { keys, value: found } = item;
    const path = pathOf(keys);
    const depth = keys.length;
    if (!isTree(found)) {
      lines.push({ path, depth, name: item.name, value: found, size: null, open: false });
      continue;
    }
    // Own keys only; `__proto__` parsed from JSON is one of them.
    const names = Object.keys(found);
    const open = names.length > 0 && (opened.get(path) ?? (opensItself(depth, names.length, levels) && mediaOf(found) === null));
    lines.push({ path, depth, name: item.name, value: found, size: names.length, open });
    if (!open) continue;
    for (const key of names.reverse()) stack.push({ keys: [...keys, key], name: key, value: (found as Record<string, unknown>)[key] });
  }
  return lines;
}

/** A closed value in a few words: `{id, name, …}` or `[1, 2, …]`. */
export function glance(value: unknown, limit = 80): string {
  if (!isTree(value)) return String(value).slice(0, limit);
  const list = Array.isArray(value);
  const parts: string[] = [];
  let length = 0;
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    const part = list ? scalar(item) : key;
    length += part.length + 2;
    if (length > limit) {
      parts.push("…");
      break;
    }
    parts.push(part);
  }
  return list ? `[${parts.join(", ")}]` : `{${parts.join(", ")}}`;
}

function scalar(value: unknown): string {
  if (Array.isArray(value)) return "[…]";
  if (isTree(value)) return "{…}";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 30)) : String(value);
}
