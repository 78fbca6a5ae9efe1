/** One scoring job: how far it is, and its tasks. */
import { useMemo } from "react";
import { type Job, useJob } from "@/api/scoring";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { ScoringTasks } from "@/components/ScoringTasks";
import { StateBar } from "@/components/StateBar";
import { ErrorState, Skeleton } from "@/components/States";
import { type ProjectName, useParam, useProject } from "@/components/useProject";
import { Progress, RefLink, StatusBadge, Time } from "@/components/Values";
import { counted } from "@/domain/format";
import { JOB_KINDS } from "@/domain/scoring";
import styles from "./ScoringJob.module.css";

export default function ScoringJob() {
  const project = useProject();
  const id = useParam("jobId");
  const query = useJob(id);
  const scope = useMemo(() => ({ job_id: id }), [id]);
  const job = query.data;
  return (
    <Page title="Scoring job" heading={job ? (JOB_KINDS[job.kind] ?? job.kind) : "Scoring job"} facts={job && <Facts job={job} project={project} />}>
      {query.isPending ? <Skeleton lines={3} /> : query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : <HowFar job={query.data} />}
      {job && <ScoringTasks scope={scope} of="of this job" />}
    </Page>
  );
}

function Facts({ job, project }: { job: Job; project: ProjectName }) {
  return (
    <>
      <Link href={project.href("weave/scoring")}>Scoring</Link>
      <span>
        asked by {job.wb_username ?? job.wb_user_id} <Time at={job.created_at} />
      </span>
      {job.scorer_refs.length > 0 && (
        <span className="row">
          with {job.scorer_refs.map((ref) => <RefLink key={ref} value={ref} />)}
        </span>
      )}
      {(job.kind === "evaluate_model" || job.kind === "rescore") && <Link href={project.href(`weave/evaluations/${job.id}`)}>its evaluation run</Link>}
    </>
  );
}

function HowFar({ job }: { job: Job }) {
  const ended = ["scored", "failed", "done"].reduce((sum, state) => sum + (job.counts[state] ?? 0), 0);
  const failed = job.counts["failed"] ?? 0;
  return (
    <section className={`panel ${styles["far"]}`} aria-label="How far it is">
      <div className={styles["line"]}>
        <StatusBadge value={job.done ? (failed > 0 ? "failed" : "done") : "running"} />
        <span>{job.done ? (failed > 0 ? `Ended, ${counted(failed, "task")} without a score` : `Ended, all ${counted(job.total, "task")} done`) : `${counted(job.total - ended, "task")} to go`}</span>
        {!job.done && <Progress done={ended} total={job.total} label="Tasks that have ended" />}
      </div>
      <StateBar counts={job.counts} label="Tasks of the job" />
    </section>
  );
}
