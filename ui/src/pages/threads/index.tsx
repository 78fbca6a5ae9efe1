/** The threads of a project: how many turns each has, how long they took, what they cost. */
import { useMemo } from "react";
import { type Thread, type ThreadUsage, useThreads, useThreadsUsage } from "@/api/threads";
import { type Column, DataTable, type Sort } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { Since, useSince } from "@/components/Since";
import { EmptyState } from "@/components/States";
import { SearchBox } from "@/components/SearchBox";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, Time, Tokens } from "@/components/Values";
import { Button } from "@/design/Button";
import { number } from "@/domain/format";
import styles from "./Threads.module.css";

const SORTS: Record<string, string> = { id: "thread_id", turns: "turn_count", started: "start_time", last: "last_updated", p50: "p50_turn_duration_ms", p99: "p99_turn_duration_ms" };
const NEWEST: Sort = { id: "last", desc: true };

export default function Threads() {
  const project = useProject();
  const url = useUrlState();
  const { since } = useSince();
  const id = url.get("q").trim();
  const sort = sortOf(url.get("sort"));
  const list = useThreads(project.id, { id, since, sort: { field: SORTS[sort.id]!, direction: sort.desc ? "desc" : "asc" } });
  const pages = useMemo(() => list.data?.pages ?? [], [list.data]);
  const rows = useMemo(() => pages.flat(), [pages]);
  const usage = useThreadsUsage(project.id, pages);
  const columns = useMemo(() => columnsOf(usage, (row) => project.href(`weave/threads/${encodeURIComponent(row.thread_id)}`)), [usage, project]);
  const narrowed = id !== "" || since !== undefined;
  return (
    <Page title="Threads" fill facts={<span>Calls that belong together, turn after turn</span>}>
      <div className={styles["tools"]}>
        <SearchBox className={styles["search"]} label="Find a thread by its whole id" value={url.get("q")} onChange={(q) => url.set({ q }, true)} />
        <span className="push" />
        <Since />
      </div>
      <DataTable
        label="Threads"
        fill
        rows={rows}
        columns={columns}
        rowKey={(row) => row.thread_id}
        rowHref={(row) => project.href(`weave/threads/${encodeURIComponent(row.thread_id)}`)}
        sort={sort}
        onSort={(next) => url.set({ sort: next === null || (next.id === NEWEST.id && next.desc) ? null : `${next.desc ? "-" : ""}${next.id}` })}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={narrowed ? <Nothing onClear={() => url.set({ q: null, since: null })} /> : <First project={project.id} />}
      />
    </Page>
  );
}

function sortOf(text: string): Sort {
  const id = text.replace(/^-/, "");
  return id in SORTS ? { id, desc: text.startsWith("-") } : NEWEST;
}

function columnsOf(usage: ReadonlyMap<string, ThreadUsage>, hrefOf: (row: Thread) => string): Column<Thread>[] {
  return [
    {
      id: "id",
      title: "Thread",
      width: 220,
      grow: true,
      narrow: "title",
      sortable: true,
      cell: (row) => (
        <Link href={hrefOf(row)} title={row.thread_id} className={`cut ${styles["name"]}`}>
          <bdi>{row.thread_id}</bdi>
        </Link>
      ),
    },
    { id: "turns", title: "Turns", width: 72, numeric: true, narrow: "brief", sortable: true, cell: (row) => <span>{number(row.turn_count)}<span className={styles["unit"]}> turn{row.turn_count === 1 ? "" : "s"}</span></span> },
    { id: "failed", title: "Failed", width: 72, numeric: true, hint: "Turns that ended with an exception", narrow: "brief", cell: (row) => <Failed count={usage.get(row.thread_id)?.failed_turns} /> },
    { id: "started", title: "Started", width: 96, narrow: "hide", sortable: true, cell: (row) => <Time at={row.start_time} /> },
    { id: "last", title: "Last activity", width: 124, narrow: "brief", sortable: true, cell: (row) => <Time at={row.last_updated} /> },
    { id: "p50", title: "Turn p50", width: 92, numeric: true, sortable: true, hint: "Half of the turns took at most so long", cell: (row) => <Latency ms={row.p50_turn_duration_ms} /> },
    { id: "p99", title: "Turn p99", width: 92, numeric: true, sortable: true, narrow: "hide", hint: "99 of 100 turns took at most so long", cell: (row) => <Latency ms={row.p99_turn_duration_ms} /> },
    { id: "tokens", title: "Tokens", width: 80, numeric: true, narrow: "brief", cell: (row) => <Taken usage={usage.get(row.thread_id)} /> },
    { id: "cost", title: "Cost", width: 84, numeric: true, narrow: "brief", hint: "At today's prices; – where no price is known", cell: (row) => <Cost dollars={usage.get(row.thread_id)?.cost} /> },
  ];
}

function Failed({ count }: { count: number | undefined }) {
  if (!count) return <span className="quiet">{count === undefined ? "…" : "0"}<span className={styles["unit"]}> failed</span></span>;
  return <span className={styles["bad"]}>{number(count)}<span className={styles["unit"]}> failed</span></span>;
}

function Taken({ usage }: { usage: ThreadUsage | undefined }) {
  if (!usage) return <span className="quiet">…</span>;
  return <Tokens input={usage.input_tokens} output={usage.output_tokens} total={usage.total_tokens} />;
}

function Nothing({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState title="No thread matches" icon="search">
      <p>A thread is found by its whole id, and by when its turns started.</p>
      <p><Button onClick={onClear}>Show all threads</Button></p>
    </EmptyState>
  );
}

function First({ project }: { project: string }) {
  return (
    <EmptyState
      title="No threads yet"
      icon="threads"
      code={`import weave
weave.init("${project}")

with weave.thread("chat-with-ann"):   # the id of the conversation
    answer("Where is my order?")      # each call of an op is a turn
    answer("And when does it arrive?")`}
    >
      Put the calls of one conversation into a thread, and they are here as one.
    </EmptyState>
  );
}
