/** The compared runs: what each is, which is the baseline, and who may go. */
import type { ComparedRun, Comparison } from "@/api/compare";
import { Link } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { RefLink, StatusBadge, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { counted } from "@/domain/format";
import styles from "./Compare.module.css";
import { RunTag } from "./RunTag";
import { tallyOf, titleOf, versionLabel } from "./view";

interface Props {
  data: Comparison;
  onBaseline: (runId: string) => void;
  onRemove: (runId: string) => void;
}

export function RunStrip({ data, onBaseline, onRemove }: Props) {
  return (
    <ul className={styles["strip"]} aria-label="Compared runs">
      {data.runs.map((run, at) => (
        <li key={run.run_id} className={styles["run"]} data-run={at} data-baseline={run.run_id === data.baseline || undefined}>
          <Run run={run} at={at} data={data} onBaseline={onBaseline} onRemove={onRemove} />
        </li>
      ))}
    </ul>
  );
}

function Run({ run, at, data, onBaseline, onRemove }: Props & { run: ComparedRun; at: number }) {
  const project = useProject();
  const title = titleOf(run);
  return (
    <>
      <div className={styles["run-head"]}>
        <RunTag at={at} />
        <Link href={project.href(`weave/evaluations/${run.run_id}`)} className={styles["run-title"]}>
          <bdi>{title}</bdi>
        </Link>
        {run.status !== "completed" && <StatusBadge value={run.status} />}
        <IconButton small icon="close" label={`Take ${title} out of the comparison`} onClick={() => onRemove(run.run_id)} />
      </div>
      <div className={styles["facts"]}>
        {run.name && run.name !== title && <bdi>{run.name}</bdi>}
        {run.dataset_ref && <RefLink value={run.dataset_ref} label={versionLabel(run.dataset_ref)} />}
        <span className="number">
          {run.trial_count === run.example_count ? counted(run.example_count, "example") : `${counted(run.trial_count, "trial")} of ${counted(run.example_count, "example")}`}
        </span>
        <Time at={run.started_at} />
      </div>
      <div className={styles["run-foot"]}>
        {run.run_id === data.baseline ? (
          <Badge tone="accent">baseline</Badge>
        ) : (
          <>
            <Tally data={data} runId={run.run_id} />
            <Button small onClick={() => onBaseline(run.run_id)} aria-label={`Make baseline: ${title}`}>
              Make baseline
            </Button>
          </>
        )}
      </div>
    </>
  );
}

function Tally({ data, runId }: { data: Comparison; runId: string }) {
  const tally = tallyOf(data, runId);
  if (!tally) return null;
  return (
    <span className={styles["tally"]} title={`Verdicts over ${counted(data.metrics.length, "metric")}, p-values adjusted together`}>
      {tally.better > 0 && <Badge tone="good">{tally.better} better</Badge>}
      {tally.worse > 0 && <Badge tone="bad">{tally.worse} worse</Badge>}
      {tally.open > 0 && <Badge>{tally.open} no evidence</Badge>}
    </span>
  );
}
