/** The spans of a trace: a tree and its timeline, line by line; only the lines in sight are in the document. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import type { Preview } from "@/api/previews";
import { kindOf, SpanIcon } from "@/components/SpanIcon";
import { Icon } from "@/design/Icon";
import { duration, money } from "@/domain/format";
import type { SpanNode } from "@/domain/trace";
import styles from "./TracePane.module.css";

export interface Window {
  from: number;
  to: number;
}

interface Props {
  rows: readonly SpanNode<Preview>[];
  closed: ReadonlySet<string>;
  current: string;
  /** Null when nothing is searched for. */
  hits: ReadonlySet<string> | null;
  window: Window;
  onToggle: (id: string) => void;
  onOpen: (id: string) => void;
}

const ROW = 28;

export function TracePane({ rows, closed, current, hits, window, onToggle, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 10, getItemKey: (at) => rows[at]?.span.id ?? at });
  const at = rows.findIndex((row) => row.span.id === current);
  // The open span comes into sight when it changes, not whenever the rows do.
  const shown = useRef("");
  useEffect(() => {
    if (at < 0 || shown.current === current) return;
    shown.current = current;
    virtual.scrollToIndex(at, { align: "auto" });
  }, [at, current, virtual]);
  return (
    <div className={styles["pane"]}>
      <div className={styles["axis"]} aria-hidden="true">
        <span />
        <span className={styles["ticks"]}>
          {[0, 0.5, 1].map((share) => (
            <span key={share}>{duration(window.from + (window.to - window.from) * share)}</span>
          ))}
        </span>
      </div>
      <div ref={scroller} className={styles["scroller"]} role="tree" aria-label="Trace" tabIndex={0} aria-activedescendant={at >= 0 ? `span-${current}` : undefined}>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
          {virtual.getVirtualItems().map((item) => {
            const node = rows[item.index];
            if (!node) return null;
            return (
              <Row key={item.key} node={node} top={item.start} window={window} open={!closed.has(node.span.id)} current={node.span.id === current}
                hit={hits === null ? null : hits.has(node.span.id)} siblings={node.parent?.children.length ?? 1} onToggle={onToggle} onOpen={onOpen} />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  node: SpanNode<Preview>;
  top: number;
  window: Window;
  open: boolean;
  current: boolean;
  hit: boolean | null;
  siblings: number;
  onToggle: (id: string) => void;
  onOpen: (id: string) => void;
}

// Deeper spans keep this indent, so that their names stay in sight.
const DEEPEST = 14;

const Row = memo(function Row({ node, top, window, open, current, hit, siblings, onToggle, onOpen }: RowProps) {
  const { span } = node;
  const wrong = span.status === "error";
  return (
    <div
      id={`span-${span.id}`}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-setsize={siblings}
      aria-expanded={node.children.length > 0 ? open : undefined}
      aria-selected={current}
      className={`${styles["row"]} ${hit === false ? styles["dim"] : ""} ${hit ? styles["hit"] : ""}`}
      style={{ transform: `translateY(${top}px)`, height: ROW }}
      onClick={() => onOpen(span.id)}
    >
      <span className={styles["name"]} style={{ paddingInlineStart: `${Math.min(node.depth, DEEPEST) * 0.85}rem` }}>
        {node.children.length > 0 ? (
          <button type="button" tabIndex={-1} className={styles["toggle"]} aria-label={open ? `Close ${span.name}` : `Open ${span.name}`}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(span.id);
            }}>
            <Icon name={open ? "down" : "right"} size={12} />
          </button>
        ) : (
          <span className={styles["toggle"]} />
        )}
        <SpanIcon span={span} />
        <bdi className={`cut ${wrong ? styles["wrong"] : ""}`}>{span.name || "(no name)"}</bdi>
        {!open && <span className={styles["count"]}>{node.below}</span>}
        {wrong && <Icon name="error" size={12} />}
        {span.scores && <span className={styles["scored"]} title={`${span.scores.length} scores`}><Icon name="star" size={12} /></span>}
        {node.cost !== null && node.cost > 0 && <span className={styles["cost"]}>{money(node.cost)}</span>}
      </span>
      <Bar node={node} window={window} />
    </div>
  );
});

function Bar({ node, window }: { node: SpanNode<Preview>; window: Window }) {
  const length = Math.max(1, window.to - window.from);
  const left = Math.max(0, Math.min(1, (node.start - window.from) / length));
  const right = Math.max(left, Math.min(1, (node.end - window.from) / length));
  const outside = node.end < window.from || node.start > window.to;
  const kind = kindOf(node.span);
  const late = right > 0.72;
  return (
    <span className={styles["lane"]}>
      {!outside && (
        <>
          <i className={`${styles["bar"]} ${styles[node.span.status === "error" ? "error" : node.span.status === "running" ? "running" : kind] ?? ""}`}
            style={{ insetInlineStart: `${left * 100}%`, width: `max(2px, ${(right - left) * 100}%)` }} />
          <span className={styles["length"]} style={late ? { insetInlineEnd: `calc(${(1 - left) * 100}% + 4px)` } : { insetInlineStart: `calc(${right * 100}% + 4px)` }} data-inside={late && left < 0.25 ? "" : undefined}>
            {node.span.status === "running" ? "running" : duration(node.span.latency_ms)}
          </span>
        </>
      )}
    </span>
  );
}
