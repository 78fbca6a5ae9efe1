/** What differs between two JSON values, path by path. Pure. */
import { pathOf } from "./paths";

export interface Difference {
  path: string;
  kind: "added" | "removed" | "changed";
  before: unknown;
  after: unknown;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

export function differences(before: unknown, after: unknown, keys: string[] = []): Difference[] {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name): Difference[] => {
      const path = [...keys, name];
      if (!Object.hasOwn(before, name)) return [{ path: pathOf(path), kind: "added", before: undefined, after: after[name] }];
      if (!Object.hasOwn(after, name)) return [{ path: pathOf(path), kind: "removed", before: before[name], after: undefined }];
      return differences(before[name], after[name], path);
    });
  }
  return Object.is(before, after) ? [] : [{ path: pathOf(keys), kind: "changed", before, after }];
}

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

// Comparing every line with every line; beyond this the texts are shown as wholly replaced.
const MOST_PAIRS = 4_000_000;

/** The lines of two texts, those of both once: the longest common subsequence. */
export function lineDifferences(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (a.length * b.length > MOST_PAIRS) {
    return [...a.map((text) => ({ kind: "removed" as const, text })), ...b.map((text) => ({ kind: "added" as const, text }))];
  }
  const wide = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * wide);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * wide + j] =
        a[i] === b[j] ? longest[(i + 1) * wide + j + 1]! + 1 : Math.max(longest[(i + 1) * wide + j]!, longest[i * wide + j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i++]! });
      j++;
    } else if (i < a.length && (j === b.length || longest[(i + 1) * wide + j]! >= longest[i * wide + j + 1]!)) {
      lines.push({ kind: "removed", text: a[i++]! });
    } else lines.push({ kind: "added", text: b[j++]! });
  }
  return lines;
}
