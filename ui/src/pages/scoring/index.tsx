import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Job, retryJob, type Task, useJobs, useTasks } from "@/api/scoring";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page, Section } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { RefLink, StatusBadge, Time } from "@/components/Values";
import { Button } from "@/design/Button";

export default function Scoring() {
  const project = useProject();
  const [open, setOpen] = useState<string | null>(null);
  const query = useJobs(project.id);
  const columns = useMemo<Column<Job>[]>(
    () => [
      { id: "asked", title: "Asked", width: 130, narrow: "title", cell: (job) => <Time at={job.created_at} /> },
      { id: "total", title: "Tasks", width: 80, numeric: true, cell: (job) => job.total },
      { id: "state", title: "State", width: 260, grow: true, cell: (job) => <Counts job={job} /> },
      { id: "retry", title: "", width: 150, cell: (job) => ((job.counts["failed"] ?? 0) > 0 ? <Retry id={job.id} /> : null) },
      { id: "tasks", title: "", width: 120, cell: (job) => <Button small onClick={() => setOpen(open === job.id ? null : job.id)}>{open === job.id ? "Hide tasks" : "Show tasks"}</Button> },
    ],
    [open],
  );
  return (
    <Page title="Scoring">
      <DataTable label="Scoring jobs" rows={query.data ?? []} columns={columns} rowKey={(job) => job.id} loading={query.isPending} error={query.error} onRetry={() => void query.refetch()}
        empty={
          <EmptyState title="Nothing was asked to be scored yet" icon="scoring">
            <code>POST /calls/score</code> queues scores of stored calls; every one of them gets a state and a reason here.
          </EmptyState>
        } />
      {open && <Tasks jobId={open} />}
    </Page>
  );
}

function Counts({ job }: { job: Job }) {
  return (
    <span className="row">
      {Object.entries(job.counts)
        .filter(([, count]) => count > 0)
        .map(([state, count]) => (
          <span key={state}>
            <StatusBadge value={state} /> {count}
          </span>
        ))}
    </span>
  );
}

function Retry({ id }: { id: string }) {
  const client = useQueryClient();
  const retry = useMutation({ mutationFn: () => retryJob(id), onSuccess: () => client.invalidateQueries() });
  return (
    <Button small busy={retry.isPending} onClick={() => retry.mutate()}>
      Try failed again
    </Button>
  );
}

function Tasks({ jobId }: { jobId: string }) {
  const project = useProject();
  const query = useTasks(project.id, { job_id: jobId }, 2000);
  const columns = useMemo<Column<Task>[]>(
    () => [
      { id: "call", title: "Call", width: 220, narrow: "title", cell: (task) => <Link href={project.href(`r/call/${task.call_id}`)}>{task.call_id}</Link> },
      { id: "scorer", title: "Scorer", width: 140, cell: (task) => <RefLink value={task.scorer_ref} /> },
      { id: "state", title: "State", width: 110, cell: (task) => <StatusBadge value={task.state} /> },
      { id: "reason", title: "Reason", width: 300, grow: true, cell: (task) => <span title={task.reason ?? ""}>{task.reason ?? ""}</span> },
      { id: "attempts", title: "Attempts", width: 90, numeric: true, cell: (task) => task.attempts },
      { id: "since", title: "Since", width: 110, cell: (task) => <Time at={task.updated_at} /> },
    ],
    [project],
  );
  return (
    <Section title="Tasks">
      <DataTable label="Scoring tasks" keys={false} rows={query.data ?? []} columns={columns} rowKey={(task) => task.id} loading={query.isPending} error={query.error} />
    </Section>
  );
}
