/** Why a call was scored, or was not: what was asked for, and how every monitor decided. */
import type { ExplainedMonitor, ExplainedScore, Explanation } from "@/api/scoring";
import { Badge } from "@/design/Badge";
import { Icon } from "@/design/Icon";
import { Link } from "./Link";
import styles from "./ScoringExplanation.module.css";
import { useProject } from "./useProject";
import { RefLink, StatusBadge, Time } from "./Values";

export function ScoringExplanation({ found }: { found: Explanation }) {
  return (
    <div className={styles["grid"]}>
      <p>
        <strong>Why (not) scored: </strong>
        {found.says}
      </p>
      {found.call.excluded && <p>No monitor may score it: {found.call.excluded}</p>}
      {found.requested.map((score) => (
        <Score key={score.task.id} score={score} />
      ))}
      {found.monitors.map((monitor) => (
        <Monitor key={monitor.ref} monitor={monitor} />
      ))}
    </div>
  );
}

function Score({ score: { says, task } }: { score: ExplainedScore }) {
  const project = useProject();
  return (
    <section className={`panel ${styles["item"]}`}>
      <header>
        <StatusBadge value={task.state} />
        <RefLink value={task.scorer_ref} />
        <span className="quiet small">
          asked <Time at={task.asked_at} />
          {task.attempts > 0 && `, ${task.attempts} of ${task.max_attempts} attempts`}
        </span>
        {task.score_call_id && <Link href={project.href(`r/call/${task.score_call_id}`)}>its trace</Link>}
        <Link href={project.href(`weave/scoring?view=tasks&task=${task.id}`)}>its task</Link>
      </header>
      <p>{says}</p>
      {task.reason && !says.includes(task.reason) && <p className="quiet">{task.reason}</p>}
    </section>
  );
}

function Monitor({ monitor }: { monitor: ExplainedMonitor }) {
  const project = useProject();
  return (
    <section className={`panel ${styles["item"]}`} aria-label={`Monitor ${monitor.name}`}>
      <header>
        <Icon name="monitors" />
        <Link href={project.href(`weave/monitors/${encodeURIComponent(monitor.name)}`)}>{monitor.name}</Link>
        <Badge tone={monitor.asked ? "good" : "neutral"}>{monitor.asked ? "asked for scores" : "did not ask"}</Badge>
      </header>
      <p>{monitor.says}</p>
      <ul className={styles["checks"]}>
        {monitor.checks.map((check) => (
          <li key={check.check} className="small">
            <span className={check.passed === null ? "quiet" : styles[check.passed ? "yes" : "no"]}>
              <Icon name={check.passed === null ? "help" : check.passed ? "check" : "close"} size={12} />
              <span className="hidden">{check.passed === null ? "Not known:" : check.passed ? "Yes:" : "No:"}</span>
            </span>
            <span>{check.says}</span>
          </li>
        ))}
      </ul>
      {monitor.scores.map((score) => (
        <Score key={score.task.id} score={score} />
      ))}
    </section>
  );
}
