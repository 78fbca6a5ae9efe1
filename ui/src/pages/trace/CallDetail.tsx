/** The open call: what went in and out, as a conversation when it is one, and everything known about it. */
import { useMemo } from "react";
import type { Call } from "@/api/calls";
import type { Preview } from "@/api/previews";
import { Chat } from "@/components/Chat";
import { Code } from "@/components/Code";
import { CopyButton } from "@/components/CopyButton";
import { JsonView } from "@/components/JsonView";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { SpanIcon } from "@/components/SpanIcon";
import { Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, Metrics, RefLink, StatusBadge, Time, Tokens } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { type Tab, Tabs } from "@/design/Tabs";
import { failureOf } from "@/domain/exceptions";
import { opLabel } from "@/domain/format";
import { chatOf, type Chat as ChatShape } from "@/domain/messages";
import { parseRef } from "@/domain/refs";
import type { SpanNode } from "@/domain/trace";
import { CodeTab } from "./CodeTab";
import { FeedbackTab } from "./FeedbackTab";
import { ScoringTab } from "./ScoringTab";
import styles from "./Trace.module.css";

export function CallDetail({ call, node }: { call: Call | undefined; node: SpanNode<Preview> | undefined }) {
  if (!call) return <div className={styles["detail"]}><Skeleton lines={8} label="Loading the call" /></div>;
  return (
    <article className={styles["detail"]} aria-label="The open call" tabIndex={-1}>
      <Head call={call} node={node} />
      {call.exception && <Exception text={call.exception} />}
      <Parts call={call} />
    </article>
  );
}

function Head({ call, node }: { call: Call; node: SpanNode<Preview> | undefined }) {
  const project = useProject();
  const op = opLabel(call.op_name);
  const usage = Object.entries(call.summary?.usage ?? {});
  return (
    <header className={styles["head"]}>
      <div className={styles["name"]}>
        <SpanIcon span={{ op }} />
        <h2>{call.display_name ?? op}</h2>
        <StatusBadge value={call.summary?.weave?.status ?? "running"} />
        {usage.map(([model]) => (
          <Badge key={model} tone="accent">
            {model}
          </Badge>
        ))}
      </div>
      <div className={styles["facts"]}>
        <Time at={call.started_at} exact />
        <Latency ms={call.summary?.weave?.latency_ms} />
        {node !== undefined && node.tokens > 0 && (
          <span>
            <Tokens total={node.tokens} input={node.span.input_tokens ?? 0} output={node.span.output_tokens ?? 0} /> tokens
          </span>
        )}
        {node !== undefined && node.cost !== null && <Cost dollars={node.cost} />}
        {parseRef(call.op_name) && (
          <span>
            op <RefLink value={call.op_name} />
          </span>
        )}
        {op === "Evaluation.evaluate" && <Link href={project.href(`weave/evaluations/${encodeURIComponent(call.id)}`)}>Its rows and figures</Link>}
        {call.wb_username && <span title="User">by {call.wb_username}</span>}
        <span className="row">
          <code>{call.id}</code>
          <CopyButton label="Copy the id" text={() => call.id} />
        </span>
      </div>
    </header>
  );
}

function Exception({ text }: { text: string }) {
  const failure = failureOf(text);
  return (
    <section className={styles["failure"]} aria-label="Exception">
      <strong>{failure.title}</strong>
      {failure.traceback && (
        <details open>
          <summary>Traceback</summary>
          <Code text={failure.traceback} />
        </details>
      )}
    </section>
  );
}

function Parts({ call }: { call: Call }) {
  const url = useUrlState();
  const chat = useMemo(() => chatOf(call.inputs, call.output), [call]);
  const feedback = call.summary?.weave?.feedback ?? [];
  const tabs: Tab[] = [
    ...(chat ? [{ id: "chat", title: "Chat", content: () => <ChatTab chat={chat} /> }] : []),
    { id: "data", title: "Input & output", content: () => <Data call={call} /> },
    { id: "feedback", title: feedback.length > 0 ? `Feedback ${feedback.length}` : "Feedback", content: () => <FeedbackTab call={call} feedback={feedback} /> },
    { id: "scoring", title: "Scoring", content: () => <ScoringTab call={call} /> },
    { id: "code", title: "Code", content: () => <CodeTab opRef={call.op_name} /> },
    { id: "more", title: "Attributes", content: () => <More call={call} /> },
  ];
  const asked = url.get("tab");
  const value = tabs.some((tab) => tab.id === asked) ? asked : tabs[0]!.id;
  return <Tabs label="About the call" tabs={tabs} value={value} onChange={(tab) => url.set({ tab: tab === tabs[0]!.id ? null : tab }, true)} />;
}

function Panel({ value }: { value: unknown }) {
  return (
    <div className={`panel ${styles["payload"]}`}>
      <JsonView value={value} />
    </div>
  );
}

function Data({ call }: { call: Call }) {
  return (
    <div className={styles["grid"]}>
      <Section title="Inputs">
        <Panel value={call.inputs} />
      </Section>
      <Section title="Output">
        <Panel value={call.output} />
      </Section>
    </div>
  );
}

function ChatTab({ chat }: { chat: ChatShape }) {
  return (
    <div className={styles["grid"]}>
      {Object.keys(chat.settings).length > 0 && <Metrics value={chat.settings} />}
      <Chat messages={chat.messages} answerFrom={chat.answerFrom} />
      {chat.tools.length > 0 && (
        <Section title="Tools that were offered">
          {chat.tools.map((tool, at) => (
            <details key={at} className={`panel ${styles["payload"]}`}>
              <summary>
                <code>{tool.name}</code> <span className="quiet">{tool.description}</span>
              </summary>
              <JsonView value={tool.parameters} />
            </details>
          ))}
        </Section>
      )}
    </div>
  );
}

function More({ call }: { call: Call }) {
  const summary = Object.fromEntries(Object.entries(call.summary ?? {}).filter(([key]) => key !== "weave"));
  const known = { trace_id: call.trace_id, parent_id: call.parent_id, thread_id: call.thread_id, turn_id: call.turn_id, wb_run_id: call.wb_run_id, expire_at: call.expire_at };
  return (
    <div className={styles["grid"]}>
      <Section title="Attributes">
        <Panel value={call.attributes} />
      </Section>
      <Section title="Summary">
        <Panel value={summary} />
      </Section>
      {call.summary?.weave?.costs && (
        <Section title="Costs">
          <Panel value={call.summary.weave.costs} />
        </Section>
      )}
      <Section title="Identity">
        <Panel value={Object.fromEntries(Object.entries(known).filter(([, value]) => value))} />
      </Section>
    </div>
  );
}
