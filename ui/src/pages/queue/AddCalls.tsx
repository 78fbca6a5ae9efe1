/** Choosing calls for a queue among the newest traces, or those that a search finds. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { type Preview, usePreviews } from "@/api/previews";
import { addToQueue, type Queue } from "@/api/queues";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { EmptyState, FirstTrace } from "@/components/States";
import { useProject } from "@/components/useProject";
import { StatusBadge, Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Checkbox, SearchField, TextField } from "@/design/Field";
import { toast } from "@/design/Toast";
import { contains, queryOf } from "@/domain/filters";
import { brief, counted } from "@/domain/format";
import { glimpse } from "@/domain/glimpse";
import styles from "./Queue.module.css";

const SEARCHED = ["inputs", "output", "op_name", "display_name"];
const PATHS = ["inputs", "output"];
const PAUSE_MS = 300;

export function AddCalls({ queue, onDone }: { queue: Queue; onDone: () => void }) {
  const project = useProject();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [words, setWords] = useState("");
  const [all, setAll] = useState(false);
  const [fields, setFields] = useState(PATHS.join(", "));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const timer = setTimeout(() => setWords(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const wanted = useMemo(() => {
    const query = words === "" ? null : queryOf([{ $or: SEARCHED.map((path) => contains(path, words)) }]);
    return { filter: all ? {} : { trace_roots_only: true }, query, sort: [{ field: "started_at", direction: "desc" as const }], paths: PATHS };
  }, [words, all]);
  const list = usePreviews(project.id, wanted);
  const rows = useMemo(() => [...new Map((list.data?.pages.flat() ?? []).map((row) => [row.id, row])).values()], [list.data]);
  const add = useMutation({
    mutationFn: () => addToQueue(project.id, queue.id, rows.map((row) => row.id).filter((id) => selected.has(id)), fields.split(",").map((path) => path.trim()).filter(Boolean)),
    onSuccess: ({ added_count, duplicates }) => {
      toast(`${counted(added_count, "call")} added${duplicates > 0 ? `, ${counted(duplicates, "call")} there already` : ""}.`);
      for (const key of ["queue-items", "queue-work", "queue-next"]) void client.invalidateQueries({ queryKey: [key, project.id, queue.id] });
      void client.invalidateQueries({ queryKey: ["queues", project.id] });
      onDone();
    },
    onError: (error) => toast(error.message, "bad"),
  });
  return (
    <>
      <div className="row">
        <div className={styles["search"]}>
          <SearchField label="Search in payloads and names" value={text} onChange={(event) => setText(event.target.value)} />
        </div>
        <Checkbox label="All calls, not only traces" checked={all} onChange={() => setAll(!all)} />
      </div>
      <DataTable
        label="Calls to add"
        rows={rows}
        columns={COLUMNS}
        rowKey={(row) => row.id}
        keys={false}
        onOpen={(row) => setSelected(toggled(selected, row.id))}
        selection={{ selected, onChange: setSelected }}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={words === "" ? <FirstTrace project={project.id} /> : <EmptyState title="Nothing matches" icon="search"><Button onClick={() => setText("")}>Clear the search</Button></EmptyState>}
      />
      <TextField label="Fields that are shown first" value={fields} onChange={(event) => setFields(event.target.value)} hint="Paths with commas between, such as inputs.question, output.answer. Everything else stays one press away." />
      <div className="row">
        <Button kind="primary" disabled={selected.size === 0} busy={add.isPending} onClick={() => add.mutate()}>
          {selected.size === 0 ? "Add calls" : `Add ${counted(selected.size, "call")}`}
        </Button>
        <span className="quiet small">
          For more filters, select them under <Link href={project.href("weave/traces")}>Traces</Link> and press Add to queue.
        </span>
      </div>
    </>
  );
}

function toggled(selected: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

const told = (value: unknown) => glimpse(value).map(({ text }) => text).join(" ");

const COLUMNS: Column<Preview>[] = [
  { id: "name", title: "Call", width: 150, narrow: "title", cell: (row) => <bdi className="cut">{row.name || "(no name)"}</bdi> },
  { id: "inputs", title: "Inputs", width: 160, grow: true, cell: (row) => <bdi>{row.values?.["inputs"] === undefined ? "–" : brief(told(row.values["inputs"]))}</bdi> },
  { id: "status", title: "Status", width: 84, narrow: "brief", cell: (row) => <StatusBadge value={row.status} /> },
  { id: "started", title: "Started", width: 90, narrow: "brief", cell: (row) => <Time at={row.started_at} /> },
];
