/** The call of an item as its annotator sees it: as a conversation, by the fields chosen for the queue, or whole. */
import { useMemo } from "react";
import type { Call } from "@/api/calls";
import type { QueueItem } from "@/api/queues";
import { Chat } from "@/components/Chat";
import { JsonView } from "@/components/JsonView";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { SpanIcon } from "@/components/SpanIcon";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Latency, StatusBadge, Time } from "@/components/Values";
import { Segments } from "@/design/Tabs";
import { failureOf } from "@/domain/exceptions";
import { opLabel } from "@/domain/format";
import { chatOf } from "@/domain/messages";
import { valueAt } from "@/domain/paths";
import styles from "./Annotate.module.css";

const ROOTS = ["inputs", "output"];

export function CallView({ call, item }: { call: Call | null; item: QueueItem }) {
  const project = useProject();
  const url = useUrlState();
  const chat = useMemo(() => (call ? chatOf(call.inputs, call.output) : null), [call]);
  if (!call) {
    return (
      <EmptyState title="This call is gone" icon="trash">
        It was deleted after it was put into the queue. Skip the item with <kbd>s</kbd>.
      </EmptyState>
    );
  }
  const special = item.display_fields.some((path) => !ROOTS.includes(path));
  const views = [...(special ? [{ value: "fields", label: "Chosen fields" }] : []), ...(chat ? [{ value: "chat", label: "Chat" }] : []), { value: "data", label: "Inputs & output" }];
  const asked = url.get("view");
  const view = views.some((one) => one.value === asked) ? asked : views[0]!.value;
  const op = opLabel(call.op_name);
  return (
    <>
      <header className={styles["head"]}>
        <SpanIcon span={{ op }} />
        <h2>{call.display_name ?? op}</h2>
        <StatusBadge value={call.summary?.weave?.status ?? "running"} />
        <span className="quiet small">
          <Time at={call.started_at} /> · <Latency ms={call.summary?.weave?.latency_ms} />
        </span>
        <span className="push" />
        {views.length > 1 && <Segments label="How the call is shown" value={view} choices={views} onChange={(next) => url.set({ view: next === views[0]!.value ? null : next }, true)} />}
        <Link href={project.href(`r/call/${call.id}`)} target="_blank" rel="noreferrer">
          Its trace
        </Link>
      </header>
      {call.exception && <pre className={styles["failure"]}>{failureOf(call.exception).title}</pre>}
      {view === "chat" && chat && chat.answerFrom === 0 && <Part title="Inputs" value={call.inputs} />}
      {view === "chat" && chat && <Chat messages={chat.messages} answerFrom={chat.answerFrom} />}
      {view === "fields" && item.display_fields.map((path) => <Part key={path} title={path} value={valueAt(call, path)} />)}
      {view === "data" && (
        <>
          <Part title="Inputs" value={call.inputs} />
          <Part title="Output" value={call.output} />
        </>
      )}
    </>
  );
}

function Part({ title, value }: { title: string; value: unknown }) {
  return (
    <Section title={title}>
      <div className={`panel ${styles["payload"]}`}>{value === undefined ? <span className="quiet">This call has nothing there.</span> : <JsonView value={value} />}</div>
    </Section>
  );
}
