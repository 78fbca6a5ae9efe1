/** The items of a queue with the calls they are, by state, page by page. */
import { useMemo } from "react";
import type { Preview } from "@/api/previews";
import { ITEMS, type ItemState, type Queue, type QueueItem, type QueueWork, useItemCalls, useItems } from "@/api/queues";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Pager, usePage } from "@/components/Pager";
import { Scores } from "@/components/Scores";
import { EmptyState } from "@/components/States";
import { type ProjectName, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { StatusBadge, Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Segments } from "@/design/Tabs";
import { opLabel } from "@/domain/format";
import { glimpse } from "@/domain/glimpse";
import styles from "./Queue.module.css";

interface Row extends QueueItem {
  call: Preview | undefined;
  annotator: string;
}

const STATES: { value: ItemState | "all"; label: string }[] = [
  { value: "all", label: "All" },
  { value: "unstarted", label: "Untouched" },
  { value: "in_progress", label: "Opened" },
  { value: "completed", label: "Completed" },
  { value: "skipped", label: "Skipped" },
];

export function Items({ queue, work, onAdd }: { queue: Queue; work: QueueWork | undefined; onAdd: () => void }) {
  const project = useProject();
  const url = useUrlState();
  const page = usePage();
  const asked = STATES.find((one) => one.value === url.get("state"))?.value ?? "all";
  const states = useMemo<ItemState[]>(() => (asked === "all" ? [] : [asked]), [asked]);
  const items = useItems(project.id, queue.id, states, page);
  const calls = useItemCalls(project.id, items.data?.map((item) => item.call_id) ?? []);
  const rows = useMemo<Row[]>(() => {
    const found = new Map(calls.data?.map((call) => [call.id, call]));
    const names = new Map(work?.annotators.map((one) => [one.user_id, one.name]));
    return (items.data ?? []).map((item) => ({ ...item, call: found.get(item.call_id), annotator: names.get(item.annotator_user_id ?? "") ?? "" }));
  }, [items.data, calls.data, work]);
  const columns = useMemo(() => columnsOf(project), [project]);
  const total = work === undefined ? undefined : asked === "all" ? work.total_items : (work.states[asked] ?? 0);
  return (
    <>
      <div className={styles["states"]}>
        <Segments label="Which items" value={asked} choices={STATES} onChange={(state) => url.set({ state: state === "all" ? null : state, page: null })} />
      </div>
      <DataTable
        label="Items"
        rows={rows}
        columns={columns}
        rowKey={(item) => item.id}
        rowHref={(item) => project.href(`r/call/${item.call_id}?tab=feedback`)}
        loading={items.isPending}
        error={items.error}
        onRetry={() => void items.refetch()}
        empty={
          asked === "all" ? (
            <EmptyState title="Nothing is in this queue yet" icon="queue">
              <Button icon="plus" onClick={onAdd}>Add calls</Button>
            </EmptyState>
          ) : (
            <EmptyState title="No item is in this state" icon="search">
              <Button onClick={() => url.set({ state: null })}>Show all items</Button>
            </EmptyState>
          )
        }
      />
      <Pager size={ITEMS} shown={rows.length} total={total} />
    </>
  );
}

function columnsOf(project: ProjectName): Column<Row>[] {
  return [
    { id: "place", title: "#", width: 52, numeric: true, narrow: "brief", cell: (item) => <span className="quiet">{item.position_in_queue}</span> },
    { id: "call", title: "Call", width: 170, narrow: "title", cell: (item) => <Link href={project.href(`r/call/${item.call_id}`)} className="cut">{item.call?.name ?? opLabel(item.call_op_name)}</Link> },
    { id: "inputs", title: "Inputs", width: 180, grow: true, cell: (item) => <Glimpse value={item.call?.values?.["inputs"]} /> },
    { id: "output", title: "Output", width: 180, grow: true, cell: (item) => <Glimpse value={item.call?.values?.["output"]} /> },
    { id: "state", title: "State", width: 112, narrow: "brief", cell: (item) => <StatusBadge value={item.annotation_state} /> },
    { id: "annotator", title: "By", width: 110, narrow: "brief", cell: (item) => (item.annotator ? <bdi>{item.annotator}</bdi> : <span className="quiet">–</span>) },
    { id: "said", title: "Said of it", width: 130, cell: (item) => <Scores scores={item.call?.scores ?? []} /> },
    { id: "updated", title: "Changed", width: 100, narrow: "brief", cell: (item) => <Time at={item.updated_at} /> },
  ];
}

function Glimpse({ value }: { value: unknown }) {
  if (value === undefined || value === null) return <span className="quiet">–</span>;
  return <bdi>{glimpse(value).map(({ key, text }) => (key ? `${key} ${text}` : text)).join("  ")}</bdi>;
}
