import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Job, listJobs, listTasks, retryJob, type Task } from "../api/scoring";
import { Empty, Loaded, Status } from "../components/parts";
import { type Column, Table } from "../components/Table";
import { moment, refLabel } from "../format";

export function Scoring() {
  const { entity, project } = useParams({ strict: false }) as { entity: string; project: string };
  const name = `${entity}/${project}`;
  const [open, setOpen] = useState<string | null>(null);
  const query = useQuery({ queryKey: ["jobs", name], queryFn: () => listJobs(name), refetchInterval: 2000 });
  return (
    <>
      <h1>Scoring</h1>
      <Loaded query={query}>
        {(jobs) =>
          jobs.length === 0 ? (
            <Empty title="Nothing was asked to be scored yet">
              <p>
                <code>POST /calls/score</code> queues scores of stored calls; every one of them gets a state and a reason here.
              </p>
            </Empty>
          ) : (
            <Table rows={jobs} columns={columns(open, setOpen)} rowKey={(job) => job.id} label="Scoring jobs" />
          )
        }
      </Loaded>
      {open && <Tasks project={name} jobId={open} />}
    </>
  );
}

function columns(open: string | null, setOpen: (id: string | null) => void): Column<Job>[] {
  return [
    { title: "Asked", cell: (job) => moment(job.created_at) },
    { title: "Tasks", cell: (job) => job.total, numeric: true },
    {
      title: "State",
      cell: (job) =>
        Object.entries(job.counts)
          .filter(([, count]) => count > 0)
          .map(([state, count]) => (
            <span key={state}>
              <Status value={state} /> {count}{" "}
            </span>
          )),
    },
    { title: "", cell: (job) => ((job.counts["failed"] ?? 0) > 0 ? <Retry id={job.id} /> : null) },
    {
      title: "",
      cell: (job) => (
        <button onClick={() => setOpen(open === job.id ? null : job.id)}>
          {open === job.id ? "Hide tasks" : "Show tasks"}
        </button>
      ),
    },
  ];
}

function Retry({ id }: { id: string }) {
  const client = useQueryClient();
  const retry = useMutation({ mutationFn: () => retryJob(id), onSuccess: () => client.invalidateQueries() });
  return (
    <button disabled={retry.isPending} onClick={() => retry.mutate()}>
      Try failed again
    </button>
  );
}

function Tasks({ project, jobId }: { project: string; jobId: string }) {
  const query = useQuery({
    queryKey: ["job-tasks", jobId],
    queryFn: () => listTasks(project, { job_id: jobId }),
    refetchInterval: 2000,
  });
  const columns: Column<Task>[] = [
    { title: "Call", cell: (task) => <a href={`/${project}/r/call/${task.call_id}`}>{task.call_id}</a> },
    { title: "Scorer", cell: (task) => refLabel(task.scorer_ref) },
    { title: "State", cell: (task) => <Status value={task.state} /> },
    { title: "Reason", cell: (task) => task.reason ?? "" },
    { title: "Attempts", cell: (task) => task.attempts, numeric: true },
    { title: "Since", cell: (task) => moment(task.updated_at) },
  ];
  return (
    <section>
      <h2>Tasks</h2>
      <Loaded query={query}>
        {(tasks) => <Table rows={tasks} columns={columns} rowKey={(task) => task.id} label="Scoring tasks" />}
      </Loaded>
    </section>
  );
}
