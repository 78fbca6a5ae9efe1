/** What differs between two texts, word by word. Pure. */

export interface Piece {
  kind: "same" | "added" | "removed";
  text: string;
}

// Every word is compared with every other; longer texts are compared by lines, elsewhere.
const MOST_PAIRS = 1_000_000;

const wordsOf = (text: string) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

/** The pieces of two texts in order, those of both once; null when they are too long to compare so. */
export function wordDifferences(before: string, after: string): Piece[] | null {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  if (middle === null) return null;
  const pieces: Piece[] = [{ kind: "same", text: a.slice(0, start).join("") }, ...middle, { kind: "same", text: a.slice(a.length - end).join("") }];
  return pieces.filter((piece) => piece.text !== "");
}

function between(a: readonly string[], b: readonly string[]): Piece[] | null {
  if (a.length * b.length > MOST_PAIRS) return null;
  const wide = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * wide);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * wide + j] = a[i] === b[j] ? longest[(i + 1) * wide + j + 1]! + 1 : Math.max(longest[(i + 1) * wide + j]!, longest[i * wide + j + 1]!);
    }
  }
  const pieces: Piece[] = [];
  const push = (kind: Piece["kind"], text: string) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push("same", a[i++]!);
      j++;
    } else if (i < a.length && (j === b.length || longest[(i + 1) * wide + j]! >= longest[i * wide + j + 1]!)) push("removed", a[i++]!);
    else push("added", b[j++]!);
  }
  return merged(pieces);
}

/** Changes with nothing but a space between them are one: else two sentences of other words are told word by word. */
function merged(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = [];
  let [gone, come] = ["", ""];
  const flush = () => {
    if (gone !== "") found.push({ kind: "removed", text: gone });
    if (come !== "") found.push({ kind: "added", text: come });
    [gone, come] = ["", ""];
  };
  pieces.forEach(({ kind, text }, at) => {
    if (kind === "removed") gone += text;
    else if (kind === "added") come += text;
    else if (gone !== "" && come !== "" && at < pieces.length - 1 && /^\s+$/.test(text)) {
      gone += text;
      come += text;
    } else {
      flush();
      found.push({ kind, text });
    }
  });
  flush();
  return found;
}
