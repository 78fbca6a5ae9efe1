/** How far scoring is: what is open, how fast it ends, when it may be empty, and whether the worker works. */
import { type ReactNode, useMemo } from "react";
import { type Queue, useScoringQueue, useWorker, type Worker } from "@/api/scoring";
import { Chart } from "@/components/Chart";
import { Loaded } from "@/components/States";
import { StatusBadge } from "@/components/Values";
import { Badge, type Tone } from "@/design/Badge";
import { useProject } from "@/components/useProject";
import { counted, number } from "@/domain/format";
import { seconds } from "@/domain/scoring";
import styles from "./Scoring.module.css";

export function QueuePanel() {
  const project = useProject();
  const queue = useScoringQueue(project.id);
  const worker = useWorker();
  return (
    <section className={`panel ${styles["queue"]}`} aria-label="The queue now">
      <Loaded query={queue}>
        {(found) => (
          <>
            <Figures queue={found} />
            <Speed queue={found} />
          </>
        )}
      </Loaded>
      {worker.data && <WorkerLine worker={worker.data} />}
    </section>
  );
}

function Figures({ queue }: { queue: Queue }) {
  const open = Object.values(queue.depth).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(queue.depth).filter(([, count]) => count > 0);
  return (
    <dl className={styles["figures"]}>
      <Figure name="Open" more={parts.map(([state, count]) => `${number(count)} ${state}`).join(", ") || "nothing waits"}>
        {number(open)}
      </Figure>
      <Figure name="Time left" more={leftInWords(queue, open)}>
        {open > 0 ? seconds(queue.eta_seconds) : "–"}
      </Figure>
      <Figure name="Pace" more={`a minute, over ${queue.throughput.window_seconds / 60} minutes`}>{number(queue.throughput.per_minute)}</Figure>
      <Figure name="Oldest waits" more={open > 0 ? "since it was asked for" : ""}>{open > 0 ? seconds(queue.oldest_age_seconds) : "–"}</Figure>
      <Figure name="Scored" more="so far">{number(queue.ended["scored"] ?? 0)}</Figure>
      <Figure name="Failed" more={queue.ended["failed"] ? "see Tasks for the reasons" : "so far"}>{number(queue.ended["failed"] ?? 0)}</Figure>
    </dl>
  );
}

/** What the time left rests on, and when the next attempt is when that is not now. */
function leftInWords({ at, eta_seconds: left, next_due_at: due }: Queue, open: number): string {
  if (open === 0) return "nothing to do";
  const wait = due ? (Date.parse(due) - Date.parse(at)) / 1000 : 0;
  const words = left === null ? "nothing ended in the last 5 minutes" : "if the pace stays";
  return wait > 5 ? `${words}; next attempt in ${seconds(wait)}` : words;
}

function Figure({ name, more, children }: { name: string; more: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        <small>{more}</small>
      </dd>
    </div>
  );
}

function Speed({ queue }: { queue: Queue }) {
  const { at, per_minute: counts } = queue;
  // A minute each, so that the chart is drawn anew once a minute and not with every answer.
  const minute = Math.floor(Date.parse(at) / 60_000);
  const told = counts.join(" ");
  const { length } = counts;
  const x = useMemo(() => Array.from({ length }, (_, index) => (minute - length + 1 + index) * 60), [minute, length]);
  const series = useMemo(() => [{ label: "Ended in the minute", values: told.split(" ").map(Number), kind: "bars" as const }], [told]);
  return <Chart label="Tasks that ended, last 30 minutes" x={x} series={series} height={120} />;
}

const TONES: Record<string, Tone> = { working: "good", paused: "wait" };

function WorkerLine({ worker }: { worker: Worker }) {
  return (
    <div className={styles["worker"]}>
      <strong>Worker</strong>
      {worker.state in TONES ? <Badge dot tone={TONES[worker.state]}>{worker.state}</Badge> : <StatusBadge value={worker.state} />}
      <span className={worker.reason ? "" : "quiet"}>{worker.reason ?? meaning(worker)}</span>
    </div>
  );
}

function meaning({ state, in_flight: busy, unfinished }: Worker): string {
  if (state === "paused") return "Some tasks have to wait. Administrators are told here which endpoint is the reason; each waiting task has a reason, too.";
  if (state === "off") return "This server process does not score. Tasks wait unless other processes do (weft worker).";
  return unfinished === 0 ? "Nothing to do on this server." : `${counted(busy, "task")} in its hands; ${number(unfinished)} unfinished on this server, all projects together.`;
}
