/** What was asked for: one row for each request, monitor and day, back-fill, and evaluation. */
import { useMemo } from "react";
import { type Job, JOBS, useJobs } from "@/api/scoring";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Pager, usePage } from "@/components/Pager";
import { StateBar } from "@/components/StateBar";
import { EmptyState } from "@/components/States";
import { type ProjectName, useProject } from "@/components/useProject";
import { Time } from "@/components/Values";
import { number } from "@/domain/format";
import { refLabel } from "@/domain/refs";
import { JOB_KINDS } from "@/domain/scoring";
import styles from "./Scoring.module.css";

export function Jobs() {
  const project = useProject();
  const page = usePage();
  const query = useJobs(project.id, page);
  const columns = useMemo(() => columnsOf(project), [project]);
  return (
    <div className={styles["jobs"]}>
      <DataTable label="Scoring jobs" rows={query.data ?? []} columns={columns} rowKey={(job) => job.id} rowHref={(job) => project.href(`weave/scoring/${job.id}`)}
        loading={query.isPending} error={query.error} onRetry={() => void query.refetch()} empty={<NothingYet project={project} />} />
      <Pager size={JOBS} shown={query.data?.length ?? 0} />
    </div>
  );
}

function columnsOf(project: ProjectName): Column<Job>[] {
  return [
    { id: "what", title: "What", width: 176, narrow: "title", cell: (job) => <Link href={project.href(`weave/scoring/${job.id}`)}>{JOB_KINDS[job.kind] ?? job.kind}</Link> },
    { id: "scorers", title: "Scorers", width: 180, cell: (job) => <Names refs={job.scorer_refs} /> },
    { id: "state", title: "Tasks", width: 320, grow: true, cell: (job) => <StateBar beside counts={job.counts} label="Tasks of the job" /> },
    { id: "total", title: "In all", width: 72, numeric: true, narrow: "brief", cell: (job) => <span className="number">{number(job.total)}</span> },
    { id: "who", title: "Asked by", width: 110, narrow: "brief", cell: (job) => <span title={job.wb_user_id}>{job.wb_username ?? job.wb_user_id}</span> },
    { id: "asked", title: "Asked", width: 96, narrow: "brief", cell: (job) => <Time at={job.created_at} /> },
  ];
}

function Names({ refs }: { refs: readonly string[] }) {
  const names = refs.map(refLabel).join(", ");
  return names === "" ? <span className="quiet">–</span> : <span title={names}>{names}</span>;
}

function NothingYet({ project }: { project: ProjectName }) {
  return (
    <EmptyState
      title="Nothing was asked to be scored yet"
      icon="scoring"
      code={`import weave
from weave.scorers import ValidJSONScorer

weave.init("${project.id}")
monitor = weave.Monitor(name="answers", scorers=[ValidJSONScorer()])
monitor.activate()   # from now on, every call that ends is scored here`}
    >
      <p>
        Ask for scores above, select calls under <Link href={project.href("weave/traces")}>Traces</Link>, or let a <Link href={project.href("weave/monitors")}>monitor</Link> ask. Every score gets a state and a reason here.
      </p>
    </EmptyState>
  );
}
