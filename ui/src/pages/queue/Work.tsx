/** How far a queue is, who did how much, and who has which item on the screen now. */
import type { QueueWork } from "@/api/queues";
import { HeldUntil } from "@/components/HeldUntil";
import { Link } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { Progress } from "@/components/Values";
import { number } from "@/domain/format";
import styles from "./Queue.module.css";

export function Work({ work }: { work: QueueWork }) {
  const project = useProject();
  const count = (state: keyof QueueWork["states"]) => work.states[state] ?? 0;
  const you = (id: string) => (id === work.you ? " (you)" : "");
  const active = work.annotators.filter((one) => one.completed + one.skipped > 0);
  if (work.total_items === 0) return <p className="quiet">Nothing is in it yet.</p>;
  return (
    <div className={`panel ${styles["box"]}`}>
      <Progress done={count("completed") + count("skipped")} total={work.total_items} label="Items finished" />
      <p className="quiet small number">
        {number(count("completed"))} completed, {number(count("skipped"))} skipped, {number(count("in_progress"))} opened, {number(count("unstarted"))} untouched
      </p>
      {active.length > 0 && (
        <table className={styles["people"]}>
          <thead>
            <tr><th scope="col">Annotator</th><th scope="col">Completed</th><th scope="col">Skipped</th></tr>
          </thead>
          <tbody>
            {active.map((one) => (
              <tr key={one.user_id}><th scope="row">{one.name}{you(one.user_id)}</th><td>{number(one.completed)}</td><td>{number(one.skipped)}</td></tr>
            ))}
          </tbody>
        </table>
      )}
      {work.held.length > 0 && (
        <ul className={styles["held"]} aria-label="Who has what">
          {work.held.map((one) => (
            <li key={one.item_id}>
              <strong>{one.name}{you(one.user_id)}</strong> has <Link href={project.href(`r/call/${one.call_id}`)}>a call</Link> open <HeldUntil at={one.held_until} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
