/** What stands in place of an item when there is none for this person: all done, others have the rest, or nothing is in. */
import type { QueueWork } from "@/api/queues";
import { HeldUntil } from "@/components/HeldUntil";
import { Link } from "@/components/Link";
import { EmptyState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { Button } from "@/design/Button";
import { counted, number } from "@/domain/format";
import styles from "./Annotate.module.css";

export function Nothing({ work, unfinished, queueId, onBack, busy }: { work: QueueWork; unfinished: number; queueId: string; onBack: () => void; busy: boolean }) {
  const project = useProject();
  const queue = project.href(`weave/queues/${queueId}`);
  const own = work.annotators.find((one) => one.user_id === work.you);
  const again = own !== undefined && own.completed + own.skipped > 0 && (
    <Button icon="left" busy={busy} onClick={onBack}>
      Back to my last one (u)
    </Button>
  );
  if (work.total_items === 0) {
    return (
      <EmptyState title="Nothing is in this queue yet" icon="queue">
        Add calls <Link href={`${queue}?add=1`}>on the page of the queue</Link>, or select some under <Link href={project.href("weave/traces")}>Traces</Link> and press Add to queue.
      </EmptyState>
    );
  }
  if (unfinished > 0) {
    const others = work.held.filter((one) => one.user_id !== work.you);
    return (
      <EmptyState title="Others have what is left" icon="clock">
        <div className="stack">
          <p>{counted(unfinished, "item")} left, on somebody's screen. What is let go of comes here by itself.</p>
          <ul className={styles["holders"]} aria-label="Who has what">
            {others.map((one) => (
              <li key={one.item_id}>
                <strong>{one.name}</strong> has one <HeldUntil at={one.held_until} />
              </li>
            ))}
          </ul>
          {again && <div>{again}</div>}
        </div>
      </EmptyState>
    );
  }
  const [completed, skipped] = [work.states.completed ?? 0, work.states.skipped ?? 0];
  // What others finished a moment ago may not be counted yet.
  if (completed + skipped < work.total_items) return <Skeleton lines={3} label="Counting what was done" />;
  return (
    <EmptyState title="All done" icon="check">
      <div className="stack">
        <p>All {counted(work.total_items, "item")} are finished: {number(completed)} completed, {number(skipped)} skipped.</p>
        <ul className={styles["holders"]} aria-label="Who did what">
          {work.annotators.filter((one) => one.completed + one.skipped > 0).map((one) => (
            <li key={one.user_id}>
              <strong>{one.name}{one.user_id === work.you ? " (you)" : ""}</strong> {number(one.completed)} completed, {number(one.skipped)} skipped
            </li>
          ))}
        </ul>
        <p>
          See <Link href={queue}>the queue</Link>, or what was said under <Link href={project.href("weave/feedback")}>Feedback</Link>.
        </p>
        {again && <div>{again}</div>}
      </div>
    </EmptyState>
  );
}
