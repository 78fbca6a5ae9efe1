/** The agents of a project: what the spans of each add up to. */
import { useMemo } from "react";
import { inUtc, type SpanGroup, useAgents } from "@/api/agents";
import { type Column, DataTable, type Sort } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { Since, useSince } from "@/components/Since";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Time, Tokens } from "@/components/Values";
import { Button } from "@/design/Button";
import { counted, number } from "@/domain/format";
import styles from "./Agents.module.css";

const SORTS: Record<string, string> = {
  name: "agent_name", conversations: "conversations", versions: "versions", runs: "invocation_count", spans: "span_count",
  errors: "error_count", tokens: "total_input_tokens", cost: "total_cost_usd", last: "last_seen",
};
const NEWEST: Sort = { id: "last", desc: true };

export default function Agents() {
  const project = useProject();
  const url = useUrlState();
  const { since } = useSince();
  const sort = sortOf(url.get("sort"));
  const list = useAgents(project.id, since, { field: SORTS[sort.id]!, direction: sort.desc ? "desc" : "asc" });
  const rows = list.data?.groups ?? [];
  const total = list.data?.total_count ?? 0;
  const columns = useMemo(() => columnsOf((row) => project.href(`weave/agents/${encodeURIComponent(nameOf(row))}`)), [project]);
  return (
    <Page
      title="Agents"
      fill
      facts={list.data && <span className="number">{counted(total, "agent")}{since ? " in this time" : ""}</span>}
      actions={
        <>
          <Since />
          <Link href={project.href("weave/agents/conversations")} className={styles["all"]}>All conversations</Link>
        </>
      }
    >
      <DataTable
        label="Agents"
        fill
        rows={rows}
        columns={columns}
        rowKey={nameOf}
        rowHref={(row) => project.href(`weave/agents/${encodeURIComponent(nameOf(row))}`)}
        sort={sort}
        onSort={(next) => url.set({ sort: next === null || (next.id === NEWEST.id && next.desc) ? null : `${next.desc ? "-" : ""}${next.id}` })}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        total={total}
        empty={
          since ? (
            <EmptyState title="No agent ran in this time" icon="agents">
              <Button onClick={() => url.set({ since: null })}>Show all times</Button>
            </EmptyState>
          ) : (
            <FirstAgent project={project.id} />
          )
        }
      />
    </Page>
  );
}

const nameOf = (row: SpanGroup): string => String(row.group_keys?.["agent_name"] ?? "");

function sortOf(text: string): Sort {
  const id = text.replace(/^-/, "");
  return id in SORTS ? { id, desc: text.startsWith("-") } : NEWEST;
}

function columnsOf(hrefOf: (row: SpanGroup) => string): Column<SpanGroup>[] {
  const count = (value: unknown, unit: string) => <span>{number(Number(value ?? 0))}<span className={styles["unit"]}> {unit}{Number(value ?? 0) === 1 ? "" : "s"}</span></span>;
  return [
    {
      id: "name", title: "Agent", width: 200, grow: true, narrow: "title", sortable: true,
      cell: (row) => <Link href={hrefOf(row)} className={`cut ${styles["name"]}`}><bdi>{nameOf(row)}</bdi></Link>,
    },
    { id: "versions", title: "Versions", width: 86, numeric: true, narrow: "hide", sortable: true, cell: (row) => count(row.metrics?.["versions"], "version") },
    { id: "conversations", title: "Conversations", width: 116, numeric: true, narrow: "brief", sortable: true, cell: (row) => count(row.metrics?.["conversations"], "conversation") },
    { id: "runs", title: "Runs", width: 72, numeric: true, narrow: "brief", sortable: true, hint: "How often it was invoked", cell: (row) => count(row.invocation_count, "run") },
    { id: "spans", title: "Spans", width: 76, numeric: true, narrow: "hide", sortable: true, cell: (row) => count(row.span_count, "span") },
    { id: "errors", title: "Errors", width: 76, numeric: true, narrow: "brief", sortable: true, cell: (row) => <span className={row.error_count ? styles["bad"] : "quiet"}>{count(row.error_count, "error")}</span> },
    { id: "tokens", title: "Tokens", width: 80, numeric: true, narrow: "brief", sortable: true, hint: "Sorted by the tokens that went in", cell: (row) => <Tokens input={row.total_input_tokens} output={row.total_output_tokens} /> },
    { id: "cost", title: "Cost", width: 84, numeric: true, narrow: "brief", sortable: true, cell: (row) => <Cost dollars={row.total_cost_usd} /> },
    { id: "models", title: "Models", width: 130, cell: (row) => <bdi title={row.request_models?.join(", ")}>{row.request_models?.join(", ") || "–"}</bdi> },
    { id: "last", title: "Last seen", width: 116, narrow: "brief", sortable: true, cell: (row) => <Time at={inUtc(row.last_seen)} /> },
  ];
}

function FirstAgent({ project }: { project: string }) {
  return (
    <EmptyState
      title="No agents yet"
      icon="agents"
      code={`import weave
from weave.conversation import Message, Usage, start_conversation

weave.init("${project}")
with start_conversation(agent_name="helper", model="gpt-4o") as talk:
    with talk.start_turn(user_message="Where is my order?") as turn:
        with turn.start_llm(model="gpt-4o", provider_name="openai") as llm:
            llm.record(output_messages=[Message.assistant("On its way.")],
                       usage=Usage(input_tokens=80, output_tokens=20))`}
    >
      Agents appear with their first span. Any OpenTelemetry exporter that follows the GenAI conventions works too: send to <code>/agents/otel/v1/traces</code>.
    </EmptyState>
  );
}
