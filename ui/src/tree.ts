/** A trace as a tree, in the order it ran. Pure. */
import type { Call } from "./api/calls";

export interface TreeRow {
  call: Call;
  depth: number;
}

export function treeOf(calls: Call[]): TreeRow[] {
  const known = new Set(calls.map((call) => call.id));
  const children = new Map<string | null, Call[]>();
  for (const call of [...calls].sort((a, b) => a.started_at.localeCompare(b.started_at))) {
    const parent = call.parent_id !== null && known.has(call.parent_id) ? call.parent_id : null;
    children.set(parent, [...(children.get(parent) ?? []), call]);
  }
  const rows: TreeRow[] = [];
  const stack = [...(children.get(null) ?? [])].reverse().map((call) => ({ call, depth: 0 }));
  for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
    rows.push(row);
    const { call, depth } = row;
    for (const child of [...(children.get(call.id) ?? [])].reverse()) stack.push({ call: child, depth: depth + 1 });
  }
  return rows;
}
