/** One agent: over time, its conversations, versions, tools and models. */
import { useMemo } from "react";
import { equals, inUtc, type SpanGroup, useAgentParts } from "@/api/agents";
import { ConversationTable } from "@/components/ConversationTable";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { Since, useSince } from "@/components/Since";
import { EmptyState, ErrorState } from "@/components/States";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, Time, Tokens } from "@/components/Values";
import { type Tab, Tabs } from "@/design/Tabs";
import { counted, number } from "@/domain/format";
import styles from "./Agent.module.css";
import { OverTime } from "./OverTime";

export default function AgentPage() {
  const project = useProject();
  const url = useUrlState();
  const agent = useParam("name");
  const { since } = useSince("30d");
  const whole = useAgentParts(project.id, agent, "agent_name");
  const facts = whole.data?.groups?.[0];
  const tabs: Tab[] = [
    { id: "conversations", title: "Conversations", content: () => <Conversations agent={agent} since={since} /> },
    { id: "versions", title: "Versions", content: () => <Parts agent={agent} since={since} by="agent_version" title="Version" none="(no version)" /> },
    { id: "tools", title: "Tools", content: () => <Parts agent={agent} since={since} by="tool_name" title="Tool" none="" /> },
    { id: "models", title: "Models", content: () => <Parts agent={agent} since={since} by="request_model" title="Model" none="" /> },
  ];
  const tab = tabs.find((one) => one.id === url.get("tab")) ?? tabs[0]!;
  return (
    <Page
      title={agent}
      heading={<bdi>{agent}</bdi>}
      actions={<Since initial="30d" without="all" />}
      facts={
        facts && (
          <>
            <span>{counted(facts.invocation_count ?? 0, "run")}</span>
            <span>{counted(Number(facts.metrics?.["conversations"] ?? 0), "conversation")}</span>
            <span>{counted(facts.span_count ?? 0, "span")}</span>
            <span><Tokens input={facts.total_input_tokens} output={facts.total_output_tokens} /> tokens</span>
            <span><Cost dollars={facts.total_cost_usd} /></span>
            <span className={facts.error_count ? styles["bad"] : ""}>{counted(facts.error_count ?? 0, "error")}</span>
            <span>first seen <Time at={inUtc(facts.first_seen)} />, last <Time at={inUtc(facts.last_seen)} /></span>
          </>
        )
      }
    >
      {whole.isError && <ErrorState error={whole.error} onRetry={() => void whole.refetch()} />}
      {whole.isSuccess && !facts ? (
        <EmptyState title="No agent of this name" icon="agents">
          <p>None of its spans are here: they may have been removed, or the address may be mistyped. <Link href={project.href("weave/agents")}>All agents</Link></p>
        </EmptyState>
      ) : (
        <>
          <OverTime agent={agent} since={since!} />
          <Tabs label="About the agent" tabs={tabs} value={tab.id} onChange={(next) => url.set({ tab: next === tabs[0]!.id ? null : next, sort: null }, true)} />
        </>
      )}
    </Page>
  );
}

function Conversations({ agent, since }: { agent: string; since: string | undefined }) {
  const having = useMemo(() => [equals("agent_name", agent)], [agent]);
  return <ConversationTable having={having} since={since} empty={<p className="quiet">It had no conversation in this time. Runs without a conversation id are counted above all the same.</p>} />;
}

type By = "agent_version" | "tool_name" | "request_model";

function Parts({ agent, since, by, title, none }: { agent: string; since: string | undefined; by: By; title: string; none: string }) {
  const project = useProject();
  const query = useAgentParts(project.id, agent, by, since);
  const columns = useMemo(() => partColumns(title, none, by), [title, none, by]);
  return (
    <DataTable label={`${title}s`} rows={query.data?.groups ?? []} columns={columns} rowKey={(row) => String(row.group_keys?.["part"] ?? "")} loading={query.isPending} error={query.error}
      onRetry={() => void query.refetch()} total={query.data?.total_count} empty={<p className="quiet">None in this time.</p>} />
  );
}

function partColumns(title: string, none: string, by: By): Column<SpanGroup>[] {
  const name = (row: SpanGroup) => String(row.group_keys?.["part"] ?? "");
  const columns: Column<SpanGroup>[] = [
    { id: "part", title, width: 220, grow: true, narrow: "title", sortValue: name, cell: (row) => (name(row) ? <bdi>{name(row)}</bdi> : <span className="quiet">{none}</span>) },
    { id: "conversations", title: "Conversations", width: 118, numeric: true, sortValue: (row) => Number(row.metrics?.["conversations"] ?? 0), cell: (row) => number(Number(row.metrics?.["conversations"] ?? 0)) },
    { id: "spans", title: by === "tool_name" ? "Calls" : "Spans", width: 82, numeric: true, sortValue: (row) => row.span_count, cell: (row) => number(row.span_count ?? 0) },
    { id: "errors", title: "Errors", width: 82, numeric: true, sortValue: (row) => row.error_count, cell: (row) => <span className={row.error_count ? styles["bad"] : "quiet"}>{number(row.error_count ?? 0)}</span> },
    { id: "mean", title: "Mean latency", width: 112, numeric: true, hint: "Of one span; open spans are left out", sortValue: (row) => row.metrics?.["mean_ms"] as number | null, cell: (row) => <Latency ms={row.metrics?.["mean_ms"] as number | null} /> },
    { id: "tokens", title: "Tokens", width: 84, numeric: true, sortValue: (row) => row.total_input_tokens, cell: (row) => <Tokens input={row.total_input_tokens} output={row.total_output_tokens} /> },
    { id: "cost", title: "Cost", width: 88, numeric: true, sortValue: (row) => row.total_cost_usd, cell: (row) => <Cost dollars={row.total_cost_usd} /> },
    { id: "last", title: "Last seen", width: 96, narrow: "brief", sortValue: (row) => row.last_seen, cell: (row) => <Time at={inUtc(row.last_seen)} /> },
  ];
  // A tool is no model: nothing of its own is paid for by the token.
  return by === "tool_name" ? columns.filter(({ id }) => id !== "tokens" && id !== "cost") : columns;
}
