/** Conversations with agents as a table that the server sorts; the order is in the address as `sort`. */
import { useMemo } from "react";
import { type ConversationsWanted, inUtc, type SpanGroup, useConversations } from "@/api/agents";
import { counted, number } from "@/domain/format";
import styles from "./ConversationTable.module.css";
import { type Column, DataTable, type Sort } from "./DataTable";
import { Link } from "./Link";
import { useProject } from "./useProject";
import { useUrlState } from "./useUrlState";
import { Cost, Time, Tokens } from "./Values";

const SORTS: Record<string, string> = { turns: "turns", spans: "span_count", errors: "error_count", tokens: "total_input_tokens", cost: "total_cost_usd", last: "last_seen" };
const NEWEST: Sort = { id: "last", desc: true };

interface Props extends Omit<ConversationsWanted, "sort"> {
  empty: React.ReactNode;
  fill?: boolean;
  keys?: boolean;
}

export function ConversationTable({ having, since, empty, fill = false, keys }: Props) {
  const project = useProject();
  const url = useUrlState();
  const sort = sortOf(url.get("sort"));
  const list = useConversations(project.id, { having, since, sort: { field: SORTS[sort.id]!, direction: sort.desc ? "desc" : "asc" } });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.groups ?? []) ?? [], [list.data]);
  const columns = useMemo(() => columnsOf((row) => project.href(`weave/agents/conversations/${encodeURIComponent(idOf(row))}`)), [project]);
  return (
    <DataTable
      label="Conversations"
      fill={fill}
      keys={keys}
      rows={rows}
      columns={columns}
      rowKey={idOf}
      rowHref={(row) => project.href(`weave/agents/conversations/${encodeURIComponent(idOf(row))}`)}
      sort={sort}
      onSort={(next) => url.set({ sort: next === null || (next.id === NEWEST.id && next.desc) ? null : `${next.desc ? "-" : ""}${next.id}` })}
      loading={list.isPending}
      error={list.error}
      onRetry={() => void list.refetch()}
      total={list.data?.pages[0]?.total_count}
      onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
      loadingMore={list.isFetchingNextPage}
      empty={empty}
    />
  );
}

const idOf = (row: SpanGroup): string => String(row.group_keys?.["conversation_id"] ?? "");

function sortOf(text: string): Sort {
  const id = text.replace(/^-/, "");
  return id in SORTS ? { id, desc: text.startsWith("-") } : NEWEST;
}

function columnsOf(hrefOf: (row: SpanGroup) => string): Column<SpanGroup>[] {
  return [
    {
      id: "name",
      title: "Conversation",
      width: 230,
      grow: true,
      narrow: "title",
      cell: (row) => (
        <Link href={hrefOf(row)} title={idOf(row)} className={`cut ${styles["name"]}`}>
          <bdi>{row.conversation_names?.[0] || row.first_message?.text || idOf(row)}</bdi>
        </Link>
      ),
    },
    { id: "said", title: "Last said", width: 190, grow: true, cell: (row) => <Said row={row} /> },
    { id: "agents", title: "Agents", width: 130, cell: (row) => <bdi title={row.agent_names?.join(", ")}>{row.agent_names?.join(", ") || "–"}</bdi> },
    { id: "turns", title: "Turns", width: 72, numeric: true, narrow: "brief", sortable: true, cell: (row) => <span title={counted(row.span_count ?? 0, "span")}>{number(Number(row.metrics?.["turns"] ?? 0))}<Unit of="turn" count={Number(row.metrics?.["turns"] ?? 0)} /></span> },
    { id: "errors", title: "Errors", width: 74, numeric: true, narrow: "brief", sortable: true, cell: (row) => (row.error_count ? <span className={styles["bad"]}>{number(row.error_count)}<Unit of="error" count={row.error_count} /></span> : <span className="quiet">0<Unit of="error" count={0} /></span>) },
    { id: "tokens", title: "Tokens", width: 76, numeric: true, narrow: "brief", sortable: true, hint: "Sorted by the tokens that went in", cell: (row) => <Tokens input={row.total_input_tokens} output={row.total_output_tokens} /> },
    { id: "cost", title: "Cost", width: 84, numeric: true, narrow: "brief", sortable: true, cell: (row) => <Cost dollars={row.total_cost_usd} /> },
    { id: "last", title: "Last activity", width: 124, narrow: "brief", sortable: true, cell: (row) => <Time at={inUtc(row.last_seen)} /> },
  ];
}

/** On cards, where no header names the number. */
function Unit({ of, count }: { of: string; count: number }) {
  return <span className={styles["unit"]}>{` ${of}${count === 1 ? "" : "s"}`}</span>;
}

function Said({ row }: { row: SpanGroup }) {
  const last = row.last_message;
  if (!last?.text) return <span className="quiet">–</span>;
  return (
    <bdi title={last.text}>
      <span className="quiet">{last.role === "user_message" ? "User: " : ""}</span>
      {last.text}
    </bdi>
  );
}
