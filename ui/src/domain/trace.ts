/** A trace as a tree in the order it ran, with what its parts cost in all, and the rows that are in sight. Pure. */

export interface SpanFacts {
  id: string;
  parent_id?: string | null;
  name: string;
  op: string;
  started_at: string;
  status: string;
  latency_ms?: number | null;
  cost?: number | null;
  total_tokens?: number | null;
}

export interface SpanNode<Span extends SpanFacts = SpanFacts> {
  span: Span;
  depth: number;
  parent: SpanNode<Span> | null;
  children: SpanNode<Span>[];
  /** Milliseconds since the trace began. */
  start: number;
  end: number;
  /** Spans below it, at any depth. */
  below: number;
  /** Own or of all below, whichever is more: SDKs add the usage of children to their parents, others do not. */
  cost: number | null;
  tokens: number;
  /** Whether something below failed. */
  failedBelow: boolean;
}

export interface TraceTree<Span extends SpanFacts = SpanFacts> {
  /** Depth first, as it ran. */
  nodes: SpanNode<Span>[];
  byId: Map<string, SpanNode<Span>>;
  /** Milliseconds from the first start to the last end. */
  length: number;
  startedAt: number;
}

export function traceTree<Span extends SpanFacts>(spans: readonly Span[]): TraceTree<Span> {
  const byId = new Map<string, SpanNode<Span>>();
  const first = spans.reduce((least, span) => Math.min(least, Date.parse(span.started_at)), Infinity);
  const startedAt = Number.isFinite(first) ? first : 0;
  for (const span of spans) {
    const start = Date.parse(span.started_at) - startedAt;
    const end = start + (span.latency_ms ?? 0);
    byId.set(span.id, { span, depth: 0, parent: null, children: [], start, end, below: 0, cost: span.cost ?? null, tokens: span.total_tokens ?? 0, failedBelow: false });
  }
  const roots: SpanNode<Span>[] = [];
  for (const node of byId.values()) {
    const parent = node.span.parent_id ? byId.get(node.span.parent_id) : undefined;
    if (parent && parent !== node) {
      node.parent = parent;
      parent.children.push(node);
    } else roots.push(node);
  }
  const early = (a: SpanNode<Span>, b: SpanNode<Span>) => a.start - b.start || b.end - a.end || (a.span.id < b.span.id ? -1 : 1);
  for (const node of byId.values()) node.children.sort(early);
  const nodes: SpanNode<Span>[] = [];
  const stack = roots.sort(early).reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node);
    for (let at = node.children.length - 1; at >= 0; at--) {
      const child = node.children[at]!;
      child.depth = node.depth + 1;
      stack.push(child);
    }
  }
  sumUp(nodes);
  return { nodes, byId, startedAt, length: nodes.reduce((most, node) => Math.max(most, node.end), 0) };
}

/** From the leaves up; a parent always stands before its children. */
function sumUp(nodes: SpanNode[]): void {
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    let [cost, tokens, priced] = [0, 0, false];
    for (const child of node.children) {
      node.below += 1 + child.below;
      tokens += child.tokens;
      if (child.cost !== null) [cost, priced] = [cost + child.cost, true];
      node.failedBelow ||= child.failedBelow || child.span.status === "error";
    }
    node.tokens = Math.max(node.tokens, tokens);
    if (priced) node.cost = Math.max(node.cost ?? 0, cost);
  }
}

/** The rows in sight: everything but what is below a closed span. */
export function openRows<Span extends SpanFacts>(tree: TraceTree<Span>, closed: ReadonlySet<string>): SpanNode<Span>[] {
  if (closed.size === 0) return tree.nodes;
  const rows: SpanNode<Span>[] = [];
  for (let at = 0; at < tree.nodes.length; at++) {
    const node = tree.nodes[at]!;
    rows.push(node);
    if (closed.has(node.span.id)) at += node.below;
  }
  return rows;
}

/** The closed spans without those above a span, so that it is in sight. */
export function revealed(tree: TraceTree, closed: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const open = new Set(closed);
  for (let node = tree.byId.get(id)?.parent ?? null; node !== null; node = node.parent) open.delete(node.span.id);
  return open.size === closed.size ? closed : open;
}

/** Ids of spans whose name has the words. */
export function namedLike(tree: TraceTree, words: string): Set<string> {
  const low = words.toLowerCase();
  return new Set(tree.nodes.filter(({ span }) => span.name.toLowerCase().includes(low) || span.op.toLowerCase().includes(low)).map(({ span }) => span.id));
}
