/** A trace: its spans as tree and timeline, and the open call beside them. Payloads are fetched when a call is opened. */
import { useMemo, useState } from "react";
import { useCall } from "@/api/calls";
import { MOST_SPANS, type Preview, useSpans } from "@/api/previews";
import { Link, useGo } from "@/components/Link";
import { Page } from "@/components/Page";
import { Splitter } from "@/components/Splitter";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, StatusBadge, Time, Tokens } from "@/components/Values";
import { IconButton } from "@/design/Button";
import { counted, opLabel } from "@/domain/format";
import { openRows, revealed, type TraceTree, traceTree } from "@/domain/trace";
import { CallDetail } from "./CallDetail";
import styles from "./Trace.module.css";
import { TracePane, type Window } from "./TracePane";
import { TreeSearch } from "./TreeSearch";

// A trace with more spans than this opens with its branches closed.
const MANY = 300;

export default function Trace() {
  const project = useProject();
  const callId = useParam("callId");
  const call = useCall(project.id, callId);
  // Another call of the same trace is opened without asking for the trace again.
  const [traceId, setTraceId] = useState<string>();
  if (call.data && call.data.trace_id !== traceId) setTraceId(call.data.trace_id);
  const spans = useSpans(project.id, traceId);
  const tree = useMemo(() => traceTree(spans.data ?? []), [spans.data]);

  if (call.isError) return <Page title="Trace"><ErrorState error={call.error} onRetry={() => void call.refetch()} /></Page>;
  if (call.data === null) {
    return (
      <Page title="No such call" heading={<span className="hidden">Trace</span>}>
        <EmptyState title="No such call" icon="search">
          It may not have arrived yet, or it was deleted. <Link href={project.href("weave/traces")}>All traces</Link>
        </EmptyState>
      </Page>
    );
  }
  const root = tree.byId.get(callId) ? rootOf(tree, callId) : undefined;
  const title = root?.name ?? (call.data ? (call.data.display_name ?? opLabel(call.data.op_name)) : "Trace");
  return (
    <Page title={title} fill heading={root || call.data ? title : <Skeleton lines={1} />} facts={root && <Facts tree={tree} root={root} />}>
      {spans.isError ? (
        <ErrorState error={spans.error} onRetry={() => void spans.refetch()} />
      ) : (
        <Splitter label="Width of the tree" store="trace" initial={44} start={<Spans key={traceId} tree={tree} loading={spans.isPending} callId={callId} traceId={traceId ?? ""} />}
          end={<CallDetail key={callId} call={call.data} node={tree.byId.get(callId)} />} />
      )}
    </Page>
  );
}

function rootOf(tree: TraceTree<Preview>, id: string): Preview {
  let node = tree.byId.get(id)!;
  while (node.parent) node = node.parent;
  return node.span;
}

function Facts({ tree, root }: { tree: TraceTree<Preview>; root: Preview }) {
  const node = tree.byId.get(root.id);
  return (
    <>
      <StatusBadge value={root.status} />
      <Time at={root.started_at} exact />
      <span>
        <Latency ms={root.latency_ms} />
      </span>
      <span>
        {tree.nodes.length >= MOST_SPANS ? "the first " : ""}
        {counted(tree.nodes.length, "span")}
      </span>
      {node !== undefined && node.tokens > 0 && (
        <span>
          <Tokens total={node.tokens} input={root.input_tokens ?? 0} output={root.output_tokens ?? 0} /> tokens
        </span>
      )}
      {node?.cost !== null && node?.cost !== undefined && <Cost dollars={node.cost} />}
    </>
  );
}

function Spans({ tree, loading, callId, traceId }: { tree: TraceTree<Preview>; loading: boolean; callId: string; traceId: string }) {
  const project = useProject();
  const url = useUrlState();
  const go = useGo();
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const [window, setWindow] = useState<Window | null>(null);
  const [hits, setHits] = useState<ReadonlySet<string> | null>(null);
  const usual = useMemo(() => (tree.nodes.length > MANY ? new Set(tree.nodes.filter((node) => node.depth > 0 && node.children.length > 0).map((node) => node.span.id)) : new Set<string>()), [tree]);
  // What is open stays in sight, whatever was closed.
  const closed = useMemo(() => revealed(tree, chosen ?? usual, callId), [tree, chosen, usual, callId]);
  const rows = useMemo(() => openRows(tree, closed), [tree, closed]);
  const whole = useMemo(() => ({ from: 0, to: Math.max(1, tree.length) }), [tree]);

  const open = (id: string) => {
    const tab = url.get("tab");
    if (id !== callId) go(`${project.href(`r/call/${id}`)}${tab ? `?tab=${encodeURIComponent(tab)}` : ""}`, true);
  };
  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const at = rows.findIndex((row) => row.span.id === callId);
  const step = (by: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (row) open(row.span.id);
  };
  const fold = (shut: boolean) => {
    const node = tree.byId.get(callId);
    if (!node) return;
    const inside = node.children.length > 0 && closed.has(callId) !== shut;
    if (inside) toggle(callId);
    else if (shut && node.parent) open(node.parent.span.id);
  };
  const zoom = () => {
    const node = tree.byId.get(callId);
    setWindow(window || !node ? null : { from: node.start, to: Math.max(node.end, node.start + 1) });
  };
  useKeys([
    { keys: "j", what: "Next span", run: () => step(1) },
    { keys: "k", what: "Span before", run: () => step(-1) },
    { keys: "ArrowDown", what: "Next span", run: () => step(1) },
    { keys: "ArrowUp", what: "Span before", run: () => step(-1) },
    { keys: "ArrowLeft", what: "Close the span, or go to its parent", run: () => fold(true) },
    { keys: "ArrowRight", what: "Open the span", run: () => fold(false) },
    { keys: "z", what: "Zoom the timeline to the span, and back", run: zoom },
    { keys: "u", what: "Back to all traces", run: () => go(project.href("weave/traces")) },
  ]);
  return (
    <>
      <div className={styles["tools"]}>
        <TreeSearch tree={tree} traceId={traceId} callId={callId} onHits={setHits} onOpen={open} />
        <IconButton label="Open all" icon="plus" onClick={() => setChosen(new Set())} />
        <IconButton label="Close all" icon="minus" onClick={() => setChosen(new Set(tree.nodes.filter((node) => node.children.length > 0).map((node) => node.span.id)))} />
        <IconButton label={window ? "Show the whole time" : "Zoom to the open span"} icon="search" aria-pressed={window !== null} onClick={zoom} />
      </div>
      {loading ? <div className={styles["loading"]}><Skeleton lines={10} /></div> : (
        <TracePane rows={rows} closed={closed} current={callId} hits={hits} window={window ?? whole} onToggle={toggle} onOpen={open} />
      )}
    </>
  );
}
