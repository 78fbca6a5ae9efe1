/** What was said, one by one, the newest first; filters are in the address. */
import { useMemo } from "react";
import { type FeedbackRow, useAnnotators, useFeedbackRows } from "@/api/feedback";
import { type Column, DataTable, type Sort } from "@/components/DataTable";
import { FilterBar, useFilters } from "@/components/FilterBar";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { type ProjectName, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { RefLink, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { typeInWords } from "@/domain/agreement";
import { conditionOf, type Field, queryOf } from "@/domain/filters";
import { counted } from "@/domain/format";
import { glimpse } from "@/domain/glimpse";
import { pageOfRef, parseRef } from "@/domain/refs";

const SORTS: Record<string, string> = { when: "created_at", type: "feedback_type" };

export function List({ type, start, types }: { type: string; start: string; types: string[] }) {
  const project = useProject();
  const url = useUrlState();
  const { filters } = useFilters();
  const annotators = useAnnotators(project.id, type);
  const fields = useMemo<Field[]>(
    () => [
      { path: "wb_user_id", label: "By", kind: "choice", choices: annotators.data?.annotators.map((one) => ({ value: one.wb_user_id, label: `${one.name} (${one.count})` })) ?? [] },
      { path: "created_at", label: "When", kind: "time" },
      ...(type === "" ? [{ path: "feedback_type", label: "Type", kind: "choice" as const, choices: types.map((one) => ({ value: one, label: one })) }] : []),
      { path: "creator", label: "Creator", kind: "text" },
      { path: "queue_id", label: "Queue", kind: "text" },
      { path: "weave_ref", label: "About (ref)", kind: "text" },
    ],
    [annotators.data, type, types],
  );
  const sort = useMemo<Sort>(() => {
    const given = url.get("sort") || "-when";
    return { id: given.replace(/^-/, ""), desc: given.startsWith("-") };
  }, [url]);
  const query = useMemo(() => {
    const conditions = filters.map(conditionOf);
    if (type) conditions.push({ $eq: [{ $getField: "feedback_type" }, { $literal: type }] });
    conditions.push({ $gte: [{ $getField: "created_at" }, { $literal: start }] });
    return queryOf(conditions);
  }, [filters, type, start]);
  const order = useMemo(() => [{ field: SORTS[sort.id] ?? "created_at", direction: sort.desc ? ("desc" as const) : ("asc" as const) }], [sort]);
  const list = useFeedbackRows(project.id, query, order);
  const rows = useMemo(() => [...new Map((list.data?.pages.flatMap((page) => page.rows) ?? []).map((row) => [row.id, row])).values()], [list.data]);
  const columns = useMemo(() => columnsOf(project, type === ""), [project, type]);
  const total = list.data?.pages[0]?.total;
  return (
    <Section title={<>What was said {total !== undefined && <span className="quiet small number">{counted(total, "row")}</span>}</>}>
      <FilterBar fields={fields} roots={["payload"]} />
      <DataTable
        label="Feedback"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.id}
        rowHref={(row) => hrefOf(row)}
        sort={sort}
        onSort={(next) => url.set({ sort: next === null || (next.id === "when" && next.desc) ? null : `${next.desc ? "-" : ""}${next.id}` }, true)}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        total={total}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={
          <EmptyState title="Nothing matches" icon="search">
            <Button onClick={() => url.set({ f: null, type: null })}>Clear type and filters</Button>
          </EmptyState>
        }
      />
    </Section>
  );
}

/** Where the thing is that was spoken of; a call opens with its feedback. */
function hrefOf(row: FeedbackRow): string | undefined {
  const page = pageOfRef(row.weave_ref);
  return page === null ? undefined : parseRef(row.weave_ref)?.kind === "call" ? `${page}?tab=feedback` : page;
}

function columnsOf(project: ProjectName, withType: boolean): Column<FeedbackRow>[] {
  const type: Column<FeedbackRow> = {
    id: "type",
    title: "Type",
    width: 190,
    sortable: true,
    narrow: "title",
    cell: (row) => {
      const { name, kind } = typeInWords(row.feedback_type);
      return (
        <span title={row.feedback_type}>
          <bdi>{name}</bdi> {kind && <Badge tone={kind === "score" ? "accent" : kind === "annotation" ? "info" : "neutral"}>{kind}</Badge>}
        </span>
      );
    },
  };
  return [
    ...(withType ? [type] : []),
    { id: "says", title: "Says", width: 240, grow: true, narrow: withType ? undefined : "title", cell: (row) => <Says value={row.value} /> },
    { id: "about", title: "About", width: 170, cell: (row) => <About row={row} /> },
    { id: "by", title: "By", width: 150, narrow: "brief", cell: (row) => (row.runnable_ref ? <RefLink value={row.runnable_ref} /> : <bdi>{row.creator || row.annotator}</bdi>) },
    { id: "in", title: "In", width: 90, narrow: "brief", cell: (row) => (row.queue_id ? <Link href={project.href(`weave/queues/${row.queue_id}`)}>a queue</Link> : <span className="quiet">–</span>) },
    { id: "when", title: "When", width: 100, narrow: "brief", sortable: true, cell: (row) => <Time at={row.created_at} /> },
  ];
}

const KINDS: Record<string, string> = { call: "Call", agent_turn: "Turn", agent_span: "Span", agent_conversation: "Conversation", table: "Table" };

function About({ row }: { row: FeedbackRow }) {
  const ref = parseRef(row.weave_ref);
  if (!ref) return <bdi title={row.weave_ref}>{row.weave_ref}</bdi>;
  const label = KINDS[ref.kind] ? `${KINDS[ref.kind]} …${ref.name.slice(-8)}` : ref.name;
  const href = hrefOf(row);
  return href ? <Link href={href} title={row.weave_ref}>{label}</Link> : <span title={row.weave_ref}>{label}</span>;
}

function Says({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === "") return <span className="quiet">–</span>;
  if (typeof value === "boolean") return <Badge tone={value ? "good" : "bad"}>{value ? "✓ true" : "✗ false"}</Badge>;
  return <bdi>{glimpse(value).map(({ key, text }) => (key ? `${key} ${text}` : text)).join("  ")}</bdi>;
}
