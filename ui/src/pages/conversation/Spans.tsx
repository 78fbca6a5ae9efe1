/** The spans of a turn as a tree with their times, and everything about the chosen one. */
import { useMemo } from "react";
import { type AgentSpan, type ChatTurn, ended, inUtc, useSpan, useTurnSpans } from "@/api/agents";
import { Chat } from "@/components/Chat";
import { CopyButton } from "@/components/CopyButton";
import { JsonView } from "@/components/JsonView";
import { SpanIcon } from "@/components/SpanIcon";
import { ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, StatusBadge, Time, Tokens } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { partsOf } from "@/domain/messageParts";
import { type SpanFacts, traceTree } from "@/domain/trace";
import styles from "./Conversation.module.css";
import { parsed } from "./TurnView";

interface Row extends SpanFacts {
  whole: AgentSpan;
}

export function Spans({ turn }: { turn: ChatTurn }) {
  const project = useProject();
  const url = useUrlState();
  const chosen = url.get("span");
  const query = useTurnSpans(project.id, turn.trace_id);
  const spans = useMemo(() => query.data?.pages.flatMap((page) => page.spans ?? []) ?? [], [query.data]);
  const tree = useMemo(() => traceTree(spans.map(rowOf)), [spans]);
  const total = query.data?.pages[0]?.total_count ?? 0;
  if (query.isPending) return <div className={styles["spans"]}><Skeleton lines={6} label="Loading the spans" /></div>;
  if (query.isError) return <div className={styles["spans"]}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></div>;
  const choose = (span: string | null) => url.set({ turn: turn.trace_id, span }, true);
  return (
    <section className={styles["spans"]} aria-label="Spans of the turn">
      <header className={styles["head"]}>
        <h2>Spans</h2>
        <span className="quiet number">{total.toLocaleString("en-US")}</span>
        <code className="cut quiet small">{turn.trace_id}</code>
        <CopyButton label="Copy the trace's id" text={() => turn.trace_id} />
      </header>
      <ul className={styles["tree"]} aria-label="Spans">
        {tree.nodes.map((node) => (
          <li key={node.span.id}>
            <button type="button" aria-pressed={chosen === node.span.id} className={styles["span"]} onClick={() => choose(chosen === node.span.id ? null : node.span.id)}>
              <span className={styles["name"]} style={{ paddingInlineStart: `${Math.min(node.depth, 12) * 0.8}rem` }}>
                <SpanIcon span={node.span} />
                <bdi className="cut">{node.span.name}</bdi>
                {node.span.status === "error" && <Badge tone="bad" dot>error</Badge>}
              </span>
              <span className={styles["bar"]} aria-hidden="true">
                <i className={node.span.status === "error" ? styles["failed"] : ""} style={{ insetInlineStart: `${share(node.start, tree.length)}%`, width: `${Math.max(1, share(node.end - node.start, tree.length))}%` }} />
              </span>
              <Latency ms={node.span.latency_ms} />
            </button>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button small busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more spans ({(total - spans.length).toLocaleString("en-US")})
        </Button>
      )}
      {chosen !== "" && spans.some((span) => span.span_id === chosen) && <Detail trace={turn.trace_id} id={chosen} onClose={() => choose(null)} />}
    </section>
  );
}

const share = (part: number, whole: number): number => (whole > 0 ? Math.min(99, (100 * part) / whole) : 0);

function rowOf(span: AgentSpan): Row {
  const [start, end] = [inUtc(span.started_at) ?? "", ended(span.ended_at)];
  return {
    id: span.span_id,
    parent_id: span.parent_span_id || null,
    name: span.span_name || span.operation_name || "(no name)",
    op: span.span_name || "",
    started_at: start,
    status: span.status_code === "ERROR" ? "error" : end ? "success" : "running",
    latency_ms: end ? Date.parse(end) - Date.parse(start) : null,
    cost: span.total_cost_usd,
    total_tokens: (span.input_tokens ?? 0) + (span.output_tokens ?? 0),
    whole: span,
  };
}

function Detail({ trace, id, onClose }: { trace: string; id: string; onClose: () => void }) {
  const project = useProject();
  const query = useSpan(project.id, trace, id);
  if (query.isPending) return <Skeleton lines={5} label="Loading the span" />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === null) return <p className="quiet">This span was removed.</p>;
  return <Opened span={query.data} onClose={onClose} />;
}

function Opened({ span, onClose }: { span: AgentSpan; onClose: () => void }) {
  const row = rowOf(span);
  const model = span.response_model || span.request_model;
  const messages = [
    ...(span.system_instructions ?? []).map((text) => ({ role: "system", parts: partsOf(text) })),
    ...(span.input_messages ?? []).map((message) => ({ role: message.role || "user", parts: partsOf(parsed(message.content)) })),
  ];
  const answers = (span.output_messages ?? []).map((message) => ({ role: message.role || "assistant", parts: partsOf(parsed(message.content)) }));
  const custom = { ...span.custom_attrs_string, ...span.custom_attrs_int, ...span.custom_attrs_float, ...span.custom_attrs_bool };
  return (
    <article className={styles["detail"]} aria-label="The open span">
      <header className={styles["head"]}>
        <SpanIcon span={row} />
        <h3><bdi>{row.name}</bdi></h3>
        <StatusBadge value={row.status} />
        {model && <Badge tone="accent">{model}</Badge>}
        <span className="push" />
        <IconButton small label="Close the span" icon="close" onClick={onClose} />
      </header>
      <div className={styles["head"]}>
        <Time at={row.started_at} exact />
        <Latency ms={row.latency_ms} />
        <span><Tokens input={span.input_tokens ?? 0} output={span.output_tokens ?? 0} /> tokens</span>
        {(span.reasoning_tokens ?? 0) > 0 && <span>{span.reasoning_tokens} of them reasoning</span>}
        <span>cost <Cost dollars={model ? span.total_cost_usd : null} /></span>
        <code>{span.span_id}</code>
        <CopyButton label="Copy the span's id" text={() => span.span_id} />
      </div>
      {span.status_code === "ERROR" && <p className={styles["failure"]}>{[span.error_type, span.status_message].filter(Boolean).join(": ") || "It failed and did not say why."}</p>}
      {messages.length + answers.length > 0 && <Chat messages={[...messages, ...answers]} answerFrom={messages.length} />}
      {span.tool_call_arguments && <Payload title="Arguments" value={parsed(span.tool_call_arguments)} />}
      {span.tool_call_result && <Payload title="Result" value={parsed(span.tool_call_result)} />}
      {Object.keys(custom).length > 0 && <Payload title="Own attributes" value={custom} />}
      {span.raw_span_dump && (
        <details>
          <summary className="quiet">As it was received</summary>
          <Payload title="" value={parsed(span.raw_span_dump)} />
        </details>
      )}
    </article>
  );
}

function Payload({ title, value }: { title: string; value: unknown }) {
  return (
    <section className="stack">
      {title && <h3>{title}</h3>}
      <div className={`panel ${styles["payload"]}`}><JsonView value={value} /></div>
    </section>
  );
}
