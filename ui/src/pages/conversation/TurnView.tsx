/** A turn: the words of the user and of the agents; what agents and tools did between, folded. */
import { memo, type ReactNode } from "react";
import type { ChatEntry, ChatFeedback, ChatTurn } from "@/api/agents";
import { JsonScalar } from "@/components/JsonScalar";
import { JsonView } from "@/components/JsonView";
import { ContentOfRef } from "@/components/MediaView";
import { useNarrow } from "@/components/useNarrow";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, Time, Tokens } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Icon, type IconName } from "@/design/Icon";
import { brief } from "@/domain/format";
import styles from "./Conversation.module.css";

interface Props {
  turn: ChatTurn;
  title: string;
  open: boolean;
  /** The span whose entry is marked. */
  marked: string;
  onChoose: (turn: ChatTurn, span: string | null) => void;
}

export const TurnView = memo(function TurnView({ turn, title, open, marked, onChoose }: Props) {
  const narrow = useNarrow();
  const url = useUrlState();
  const failed = turn.status_code === "ERROR";
  return (
    <article className={styles["turn"]} data-turn={turn.trace_id} data-open={open || undefined} aria-label={title}>
      <header className={styles["head"]}>
        <strong>{title}</strong>
        {failed && <Badge tone="bad" dot>error</Badge>}
        <Time at={turn.started_at} />
        <Latency ms={turn.total_duration_ms} />
        <span><Tokens input={turn.total_input_tokens} output={turn.total_output_tokens} /> tokens</span>
        <Cost dollars={turn.total_cost_usd} />
        <span className="push" />
        <Button small kind={open && !narrow ? "plain" : "bare"} icon="tree" aria-pressed={narrow ? undefined : open} aria-label={`Spans of ${title.toLowerCase()}`}
          onClick={() => (narrow ? url.set({ turn: turn.trace_id, spans: "1", span: null }) : onChoose(turn, null))}>
          Spans
        </Button>
      </header>
      <ol className={styles["entries"]} aria-label={`What was said in ${title.toLowerCase()}`}>
        {(turn.messages ?? []).map((entry, at) => (
          <li key={at} data-marked={(marked !== "" && entry.span_id === marked) || undefined}>
            <Entry entry={entry} onSpan={entry.span_id && !narrow ? () => onChoose(turn, entry.span_id ?? null) : undefined} />
            {entry.feedback && entry.feedback.length > 0 && <Said feedback={entry.feedback} />}
          </li>
        ))}
        {(turn.messages ?? []).length === 0 && <li className="quiet">Nothing was said in this turn.</li>}
      </ol>
      {turn.feedback && turn.feedback.length > 0 && <Said feedback={turn.feedback} />}
    </article>
  );
});

function Entry({ entry, onSpan }: { entry: ChatEntry; onSpan: (() => void) | undefined }) {
  if (entry.user_message) {
    return (
      <section className={`${styles["bubble"]} ${styles["user"]}`} aria-label="User">
        <header className={styles["who"]}><Icon name="user" size={14} /> <strong>User</strong></header>
        <Words text={entry.user_message.text} />
        <Contents refs={entry.user_message.content_refs ?? []} />
      </section>
    );
  }
  if (entry.assistant_message) return <Assistant entry={entry} said={entry.assistant_message} onSpan={onSpan} />;
  if (entry.tool_call) {
    const call = entry.tool_call;
    return (
      <Folded icon="settings" name={call.tool_name || "a tool"} what="tool" ms={call.duration_ms} entry={entry} brief={glimpse(call.tool_arguments)} onSpan={onSpan}>
        <Part title="Arguments" text={call.tool_arguments} />
        <Part title="Result" text={call.tool_result} none={call.status ? "It gave nothing back." : "It was asked for; nobody traced what it did."} />
        <Contents refs={call.content_refs ?? []} />
      </Folded>
    );
  }
  if (entry.agent_start) {
    const start = entry.agent_start;
    return (
      <Folded icon="agents" name={entry.agent_name || "an agent"} what={entry.agent_version ? `agent ${entry.agent_version}` : "agent"} entry={entry} brief={start.model ?? ""} onSpan={onSpan}>
        <Part title="Instructions" text={start.system_instructions} none="None were recorded." />
        {start.tool_definitions && <Part title="Tools that were offered" text={start.tool_definitions} />}
      </Folded>
    );
  }
  if (entry.context_compacted) {
    const made = entry.context_compacted;
    return (
      <Folded icon="minus" name="Context made shorter" what={`${made.compaction_items_before ?? "?"} → ${made.compaction_items_after ?? "?"} items`} entry={entry} brief="" onSpan={onSpan}>
        <Part title="Summary" text={made.compaction_summary} />
      </Folded>
    );
  }
  return null;
}

function Assistant({ entry, said, onSpan }: { entry: ChatEntry; said: NonNullable<ChatEntry["assistant_message"]>; onSpan: (() => void) | undefined }) {
  return (
    <section className={`${styles["bubble"]} ${styles["assistant"]}`} aria-label="Assistant">
      <header className={styles["who"]}>
        <Icon name="agents" size={14} /> <strong><bdi>{entry.agent_name || "Assistant"}</bdi></strong>
        <span className="quiet">{said.model}</span>
        <span className={styles["taken"]}>
          <Latency ms={said.duration_ms} />
          <span><Tokens input={said.input_tokens ?? 0} output={said.output_tokens ?? 0} /> tokens</span>
          <Cost dollars={said.total_cost_usd} />
          {onSpan && <SpanButton onSpan={onSpan} name="this answer" />}
        </span>
      </header>
      {said.reasoning_content && (
        <details className={styles["thinking"]}>
          <summary>Thinking</summary>
          <Words text={said.reasoning_content} />
        </details>
      )}
      {said.text ? <Words text={said.text} /> : entry.status_code !== "ERROR" && <span className="quiet">It said nothing.</span>}
      <Failure entry={entry} />
      <Contents refs={said.content_refs ?? []} />
    </section>
  );
}

interface FoldedProps {
  icon: IconName;
  name: string;
  what: string;
  ms?: number | null;
  brief: string;
  entry: ChatEntry;
  onSpan: (() => void) | undefined;
  children: ReactNode;
}

function Folded({ icon, name, what, ms, brief: line, entry, onSpan, children }: FoldedProps) {
  const failed = entry.status_code === "ERROR";
  return (
    <div className={styles["step"]}>
      <details className={styles["folded"]} open={failed}>
        <summary>
          <Icon name={icon} size={14} />
          <code><bdi>{name}</bdi></code>
          <span className="quiet">{what}</span>
          {failed && <Badge tone="bad" dot>error</Badge>}
          {ms !== undefined && <Latency ms={ms} />}
          <bdi className={`cut quiet ${styles["line"]}`}>{line}</bdi>
        </summary>
        <div className={styles["inside"]}>
          <Failure entry={entry} />
          {children}
        </div>
      </details>
      {onSpan && <SpanButton onSpan={onSpan} name={name} />}
    </div>
  );
}

function SpanButton({ onSpan, name }: { onSpan: () => void; name: string }) {
  return <Button small kind="bare" icon="right" aria-label={`The span of ${name}`} title="Its span" onClick={onSpan} />;
}

function Failure({ entry }: { entry: ChatEntry }) {
  if (entry.status_code !== "ERROR") return null;
  return <p className={styles["failure"]}>{[entry.error_type, entry.status_message].filter(Boolean).join(": ") || "It failed and did not say why."}</p>;
}

function Words({ text }: { text: string }) {
  return <div className={styles["words"]}><JsonScalar value={text} /></div>;
}

function Part({ title, text, none }: { title: string; text: string | null | undefined; none?: string }) {
  if (!text && none === undefined) return null;
  return (
    <div>
      <h3 className="small quiet">{title}</h3>
      {text ? <JsonView value={parsed(text)} /> : <span className="quiet">{none}</span>}
    </div>
  );
}

function Contents({ refs }: { refs: readonly string[] }) {
  return <>{refs.map((ref) => <ContentOfRef key={ref} refText={ref} />)}</>;
}

/** What users and scorers said, of a message, a turn or the whole. */
export function Said({ feedback }: { feedback: readonly ChatFeedback[] }) {
  return (
    <p className={styles["said"]}>
      {feedback.map((item) => (
        <Judgement key={item.id} item={item} />
      ))}
    </p>
  );
}

function Judgement({ item }: { item: ChatFeedback }) {
  const payload = item.payload as Record<string, unknown>;
  const rated = Object.entries(item.scorer_ratings ?? {}).map(([name, value]) => ({ text: `${name} ${brief(value, 12)}`, title: item.scorer_rating_reasons?.[name] }));
  const tagged = (item.scorer_tags ?? []).map((tag) => ({ text: tag, title: item.scorer_tag_reasons?.[tag] }));
  const plain = payload["emoji"] ?? payload["note"] ?? payload["value"] ?? payload["output"];
  const name = item.feedback_type.replace(/^wandb\.(runnable|annotation)\./, "");
  const shown = [...rated, ...tagged, ...(rated.length + tagged.length === 0 ? [{ text: payload["emoji"] ? String(plain) : `${name}: ${brief(plain ?? payload, 60)}`, title: undefined }] : [])];
  return (
    <>
      {shown.map(({ text, title }, at) => (
        <Badge key={at} tone="info" title={title ?? `${name}${item.creator ? ` by ${item.creator}` : ""}`}>{text}</Badge>
      ))}
    </>
  );
}

/** Arguments and results are mostly JSON in a text. */
export function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text) || text.length > 1_000_000) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const glimpse = (text: string | null | undefined): string => (text ? brief(text, 90) : "");
