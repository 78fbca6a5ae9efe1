/** One scoring task in full: where it stands and why, and everything that came of it. */
import type { ReactNode } from "react";
import { type Task, useTask } from "@/api/scoring";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { STATE_WORDS, TASK_KINDS } from "@/domain/scoring";
import { refLabel } from "@/domain/refs";
import { Link } from "./Link";
import styles from "./ScoringTasks.module.css";
import { Loaded } from "./States";
import { useProject } from "./useProject";
import { RefLink, StatusBadge, Time } from "./Values";

export function ScoringTaskDialog({ id, onClose, onRetry }: { id: string; onClose: () => void; onRetry: (task: Task) => void }) {
  const query = useTask(id);
  return (
    <Dialog open={id !== ""} onClose={onClose} title="Scoring task" shape="side">
      <Loaded query={query}>{(task) => <Facts task={task} onRetry={onRetry} />}</Loaded>
    </Dialog>
  );
}

function Facts({ task, onRetry }: { task: Task; onRetry: (task: Task) => void }) {
  const project = useProject();
  const part = TASK_KINDS[task.kind];
  return (
    <div className="stack">
      <div className="row">
        <StatusBadge value={task.state} />
        <span className="quiet">{STATE_WORDS[task.state]}</span>
      </div>
      {task.reason && <p className={`panel ${styles["reason"]}`}>{task.reason}</p>}
      <dl className={styles["facts"]}>
        {part ? <Fact name="What">{part}</Fact> : <Fact name="Scorer"><RefLink value={task.scorer_ref} /></Fact>}
        {task.call_id && (
          <Fact name="Call">
            <Link href={project.href(`r/call/${encodeURIComponent(task.call_id)}`)} className="mono">{task.call_id}</Link>
          </Fact>
        )}
        <Fact name="Attempts">
          {task.attempts} of {task.max_attempts}
          {task.rounds > 1 && `, in round ${task.rounds}`}
        </Fact>
        {task.next_attempt_at && <Fact name="Next attempt"><Time at={task.next_attempt_at} exact /></Fact>}
        <Fact name="Asked for"><Time at={task.asked_at} exact /></Fact>
        {task.started_at && <Fact name="Last started"><Time at={task.started_at} exact /></Fact>}
        {task.finished_at && <Fact name="Ended"><Time at={task.finished_at} exact /></Fact>}
        {task.trigger_ref && (
          <Fact name="Monitor">
            <Link href={project.href(`weave/monitors/${refLabel(task.trigger_ref)}`)}>{refLabel(task.trigger_ref)}</Link>
          </Fact>
        )}
        {task.run_id && task.kind.startsWith("evaluation") && (
          <Fact name="Run"><Link href={project.href(`weave/evaluations/${task.run_id}`)}>its evaluation run</Link></Fact>
        )}
        {task.score_call_id && <Fact name="Score call"><Link href={project.href(`r/call/${task.score_call_id}`)}>trace of the scorer</Link></Fact>}
        {task.feedback_id && <Fact name="Feedback"><Link href={project.href(`r/call/${encodeURIComponent(task.call_id)}?tab=feedback`)}>on the call</Link></Fact>}
      </dl>
      <div className="row">
        {task.state === "failed" && <Button kind="primary" icon="refresh" onClick={() => onRetry(task)}>Try again</Button>}
        {task.call_id && <Link href={project.href(`weave/scoring/explain?call=${encodeURIComponent(task.call_id)}`)}>Why (not) scored?</Link>}
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
