/** Why the call was scored, or was not: what was asked for, and what each monitor decided. */
import { type Call } from "@/api/calls";
import { type ExplainedMonitor, type ExplainedScore, useExplanation } from "@/api/scoring";
import { Loaded } from "@/components/States";
import { Link } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { RefLink, StatusBadge, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Icon } from "@/design/Icon";
import styles from "./Trace.module.css";

export function ScoringTab({ call }: { call: Call }) {
  const project = useProject();
  const query = useExplanation(project.id, call.id);
  return (
    <Loaded query={query}>
      {(found) => (
        <div className={styles["grid"]}>
          <p>
            <strong>Why (not) scored: </strong>
            {found.says}
          </p>
          {found.requested.map((score) => (
            <Score key={score.task.id} score={score} />
          ))}
          {found.monitors.map((monitor) => (
            <Monitor key={monitor.ref} monitor={monitor} />
          ))}
          <p className="quiet small">
            <Link href={project.href("weave/scoring")}>All scoring of this project</Link>
          </p>
        </div>
      )}
    </Loaded>
  );
}

function Score({ score: { says, task } }: { score: ExplainedScore }) {
  return (
    <section className={`panel ${styles["item"]}`}>
      <header>
        <StatusBadge value={task.state} />
        <RefLink value={task.scorer_ref} />
        <span className="quiet small">
          asked <Time at={task.asked_at} />
          {task.attempts > 0 && `, ${task.attempts} of ${task.max_attempts} attempts`}
        </span>
        {task.score_call_id && <ScoreCall id={task.score_call_id} />}
      </header>
      <p>{says}</p>
      {task.reason && !says.includes(task.reason) && <p className="quiet">{task.reason}</p>}
    </section>
  );
}

function ScoreCall({ id }: { id: string }) {
  const project = useProject();
  return <Link href={project.href(`r/call/${id}`)}>its trace</Link>;
}

function Monitor({ monitor }: { monitor: ExplainedMonitor }) {
  return (
    <section className={`panel ${styles["item"]}`}>
      <header>
        <Icon name="monitors" />
        <RefLink value={monitor.ref} label={monitor.name} />
        <Badge tone={monitor.asked ? "good" : "neutral"}>{monitor.asked ? "asked for scores" : "did not ask"}</Badge>
      </header>
      <p>{monitor.says}</p>
      <ul className={styles["checks"]}>
        {monitor.checks.map((check) => (
          <li key={check.check} className="small">
            <span className={check.passed === null ? "quiet" : styles[check.passed ? "yes" : "no"]}>
              <Icon name={check.passed === null ? "help" : check.passed ? "check" : "close"} size={12} />
            </span>
            {check.says}
          </li>
        ))}
      </ul>
      {monitor.scores.map((score) => (
        <Score key={score.task.id} score={score} />
      ))}
    </section>
  );
}
