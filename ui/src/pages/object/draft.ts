/** Changes to the rows of a dataset that are not published yet, kept over reloads of the page; and how they are sent. */
import { useCallback, useState } from "react";
import type { Row, TableUpdate } from "@/api/objects";

export interface Draft {
  /** Rows that were edited, by their place. */
  edited: Record<number, Row>;
  removed: number[];
  added: Row[];
}

export const EMPTY: Draft = { edited: {}, removed: [], added: [] };

export const sizeOf = (draft: Draft) => Object.keys(draft.edited).length + draft.removed.length + draft.added.length;

export function withEdit(draft: Draft, index: number, row: Row): Draft {
  return { ...draft, edited: { ...draft.edited, [index]: row }, removed: draft.removed.filter((at) => at !== index) };
}

export function withRemoval(draft: Draft, index: number): Draft {
  const edited = { ...draft.edited };
  delete edited[index];
  return { ...draft, edited, removed: [...draft.removed.filter((at) => at !== index), index] };
}

export function restored(draft: Draft, index: number): Draft {
  const edited = { ...draft.edited };
  delete edited[index];
  return { ...draft, edited, removed: draft.removed.filter((at) => at !== index) };
}

/** The changes in an order in which no place moves before it is used: edits, removals from the end, additions. */
export function updatesOf(draft: Draft): TableUpdate[] {
  const edits = Object.entries(draft.edited).flatMap(([index, row]): TableUpdate[] => [{ pop: { index: Number(index) } }, { insert: { index: Number(index), row } }]);
  const removals = [...draft.removed].sort((a, b) => b - a).map((index): TableUpdate => ({ pop: { index } }));
  return [...edits, ...removals, ...draft.added.map((row): TableUpdate => ({ append: { row } }))];
}

/** The row that a text describes, or what is wrong with the text. */
export function rowOf(text: string): { row: Row } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { row: value as Row };
    return { problem: "A row is an object: write it as {\"name\": value, …}." };
  } catch (error) {
    return { problem: `This is not JSON yet: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function stored(key: string): Draft {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
    return found === null ? EMPTY : { ...EMPTY, ...(found as Draft) };
  } catch {
    return EMPTY;
  }
}

/** The draft of one version, which stays when the page is reloaded or left and come back to. */
export function useDraft(version: string): [Draft, (draft: Draft) => void] {
  const key = `weft.draft.${version}`;
  const [state, setState] = useState({ key, draft: stored(key) });
  const current = state.key === key ? state.draft : stored(key);
  const change = useCallback(
    (draft: Draft) => {
      setState({ key, draft });
      try {
        if (sizeOf(draft) === 0) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(draft));
      } catch {
        // No room: the draft lives as long as the page.
      }
    },
    [key],
  );
  return [current, change];
}
