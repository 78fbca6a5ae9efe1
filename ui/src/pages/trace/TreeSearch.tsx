/** Search inside a trace: names are looked through here, payloads by the server; n and N go from hit to hit. */
import { useEffect, useMemo, useRef, useState } from "react";
import { type Preview, useSpanHits } from "@/api/previews";
import { useKeys } from "@/components/useKeys";
import { useProject } from "@/components/useProject";
import { IconButton } from "@/design/Button";
import { SearchField } from "@/design/Field";
import { contains } from "@/domain/filters";
import { namedLike, type TraceTree } from "@/domain/trace";
import styles from "./Trace.module.css";

const PAUSE_MS = 250;
const SEARCHED = ["inputs", "output", "exception"];

interface Props {
  tree: TraceTree<Preview>;
  traceId: string;
  callId: string;
  onHits: (hits: ReadonlySet<string> | null) => void;
  onOpen: (id: string) => void;
}

export function TreeSearch({ tree, traceId, callId, onHits, onOpen }: Props) {
  const project = useProject();
  const [text, setText] = useState("");
  const [words, setWords] = useState("");
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setWords(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useMemo(() => (words === "" ? null : { $expr: { $or: SEARCHED.map((path) => contains(path, words)) } }), [words]);
  const found = useSpanHits(project.id, traceId, query);
  const hits = useMemo(() => (words === "" ? null : new Set([...namedLike(tree, words), ...(found.data ?? [])])), [tree, words, found.data]);
  useEffect(() => onHits(hits), [hits, onHits]);

  const order = useMemo(() => (hits === null ? [] : tree.nodes.filter((node) => hits.has(node.span.id)).map((node) => node.span.id)), [tree, hits]);
  const at = order.indexOf(callId);
  const jump = (by: number) => {
    if (order.length === 0) return;
    // From a span that is no hit, to the next hit after it in the tree.
    const position = tree.nodes.findIndex((node) => node.span.id === callId);
    const after = order.findIndex((id) => tree.nodes.findIndex((node) => node.span.id === id) > position);
    const next = at >= 0 ? at + by : by > 0 ? Math.max(0, after) : after - 1;
    onOpen(order[(next + order.length) % order.length]!);
  };
  useKeys([
    { keys: "/", what: "Search in this trace", run: () => frame.current?.querySelector("input")?.focus() },
    { keys: "n", what: "Next hit", run: () => jump(1) },
    { keys: "N", what: "Hit before", run: () => jump(-1) },
  ]);
  return (
    <div ref={frame} className={styles["search"]}>
      <SearchField label="Search in this trace" value={text} onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") jump(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") setText("");
        }} />
      {hits !== null && (
        <span className="row small" role="status">
          <span className="number quiet">
            {found.isFetching ? "…" : at >= 0 ? `${at + 1} of ${order.length}` : `${order.length} found`}
          </span>
          <IconButton small label="Hit before" icon="up" disabled={order.length === 0} onClick={() => jump(-1)} />
          <IconButton small label="Next hit" icon="down" disabled={order.length === 0} onClick={() => jump(1)} />
        </span>
      )}
    </div>
  );
}
