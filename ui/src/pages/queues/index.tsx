/** The annotation queues of a project, and making one. */
import { useMemo } from "react";
import { type CountedQueue, QUEUES, useQueues } from "@/api/queues";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { Pager, usePage } from "@/components/Pager";
import { QueueForm } from "@/components/QueueForm";
import { EmptyState } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { type ProjectName, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Progress, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { counted } from "@/domain/format";
import { refLabel } from "@/domain/refs";
import { useGo } from "@/components/Link";

export default function Queues() {
  const project = useProject();
  const url = useUrlState();
  const go = useGo();
  const page = usePage();
  const queues = useQueues(project.id, page);
  const columns = useMemo(() => columnsOf(project), [project]);
  const rows = queues.data ?? [];
  const open = url.get("new") === "1";
  const setOpen = (now: boolean) => url.set({ new: now ? "1" : null }, true);
  useKeys([{ keys: "c", what: "New queue", run: () => setOpen(true) }]);
  const make = (
    <Button kind="primary" icon="plus" onClick={() => setOpen(true)}>
      New queue
    </Button>
  );
  return (
    <Page title="Annotation queues" facts="Calls that people look at one at a time, with a rubric beside them" actions={make}>
      <DataTable
        label="Annotation queues"
        rows={rows}
        columns={columns}
        rowKey={(queue) => queue.id}
        rowHref={(queue) => project.href(`weave/queues/${queue.id}`)}
        loading={queues.isPending}
        error={queues.error}
        onRetry={() => void queues.refetch()}
        empty={
          <EmptyState title={page > 0 ? "No more queues" : "No annotation queue yet"} icon="queue">
            <div className="stack">
              <p>A queue asks people the same questions about calls that you choose. Each call is given to one person, and the answers become feedback that judges can be compared with.</p>
              <div>
                <Button icon="plus" onClick={() => setOpen(true)}>Make the first queue</Button>
              </div>
            </div>
          </EmptyState>
        }
      />
      <Pager size={QUEUES} shown={rows.length} />
      <Dialog open={open} onClose={() => setOpen(false)} title="New annotation queue" description="Everybody with the role annotator or more in this project can work on it.">
        <QueueForm onDone={(id) => go(project.href(`weave/queues/${id}`))} />
      </Dialog>
    </Page>
  );
}

function columnsOf(project: ProjectName): Column<CountedQueue>[] {
  return [
    { id: "name", title: "Queue", width: 220, narrow: "title", sortValue: (queue) => queue.name, cell: (queue) => <Link href={project.href(`weave/queues/${queue.id}`)} className="cut">{queue.name || "(no name)"}</Link> },
    {
      id: "progress",
      title: "Finished",
      width: 190,
      sortValue: (queue) => (queue.total ? queue.done / queue.total : -1),
      cell: (queue) => (queue.total === 0 ? <span className="quiet">nothing in it</span> : <Progress done={queue.done} total={queue.total} label={`Items of ${queue.name} that are finished`} />),
    },
    {
      id: "rubric",
      title: "Asks about",
      width: 180,
      grow: true,
      cell: (queue) =>
        queue.scorer_refs.length === 0 ? (
          <span className="quiet">notes only</span>
        ) : (
          <span className="row" title={counted(queue.scorer_refs.length, "field")}>
            {queue.scorer_refs.slice(0, 4).map((ref) => (
              <Badge key={ref}>{refLabel(ref)}</Badge>
            ))}
            {queue.scorer_refs.length > 4 && <span className="quiet small">+{queue.scorer_refs.length - 4}</span>}
          </span>
        ),
    },
    { id: "description", title: "Description", width: 200, grow: true, narrow: "hide", cell: (queue) => <span className="quiet" title={queue.description}>{queue.description || "–"}</span> },
    { id: "created", title: "Made", width: 100, narrow: "brief", sortValue: (queue) => queue.created_at, cell: (queue) => <Time at={queue.created_at} /> },
    {
      id: "annotate",
      title: "",
      width: 100,
      cell: (queue) => (queue.total > queue.done ? <Link href={project.href(`weave/queues/${queue.id}/annotate`)} aria-label={`Annotate ${queue.name}`}>Annotate</Link> : queue.total > 0 ? <Badge tone="good" dot>done</Badge> : null),
    },
  ];
}
