/** Asks for scores of past calls: a span of time, a count first, then the progress. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Backfill, startBackfill, useBackfill } from "@/api/monitors";
import { Link } from "@/components/Link";
import { StateBar } from "@/components/StateBar";
import { ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { Progress, StatusBadge } from "@/components/Values";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { TextField } from "@/design/Field";
import { counted, number } from "@/domain/format";
import { Cancel } from "./Backfills";
import styles from "./Monitor.module.css";

export function BackfillDialog({ name, open, onClose }: { name: string; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={`Score past calls by ${name}`} description="The server walks through calls that ended and decides as the monitor would have decided then. What this version has scored stays as it is.">
      <Form name={name} onClose={onClose} />
    </Dialog>
  );
}

const PRESETS: [string, number][] = [["Last 24 hours", 1], ["7 days", 7], ["30 days", 30]];
const DAY = 86_400_000;

/** A moment as a field for local times holds it. */
const local = (time: number) => new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const isoOf = (text: string) => (text === "" ? null : new Date(text).toISOString());

function Form({ name, onClose }: { name: string; onClose: () => void }) {
  const project = useProject();
  const client = useQueryClient();
  const [start, setStart] = useState(() => local(Date.now() - 7 * DAY));
  const [end, setEnd] = useState("");
  const [made, setMade] = useState<Backfill | null>(null);
  const begin = useMutation({
    mutationFn: (dryRun: boolean) => startBackfill(project.id, name, { start: isoOf(start), end: isoOf(end) }, dryRun),
    onSuccess: (backfill) => {
      setMade(backfill);
      void client.invalidateQueries({ queryKey: ["backfills", project.id] });
    },
  });
  const backwards = start !== "" && end !== "" && start >= end;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!backwards) begin.mutate(true);
  };
  const change = (set: (value: string) => void) => (value: string) => {
    set(value);
    setMade(null);
  };
  const [setFrom, setTo] = [change(setStart), change(setEnd)];
  const real = made !== null && !made.dry_run;
  return (
    <form className="stack" onSubmit={submit}>
      {!real && (
        <>
          <div className="row" role="group" aria-label="How far back">
            {PRESETS.map(([label, days]) => (
              <Button key={label} small onClick={() => setFrom(local(Date.now() - days * DAY))}>
                {label}
              </Button>
            ))}
            <Button small onClick={() => setFrom("")}>From the first call</Button>
          </div>
          <div className={styles["span"]}>
            <TextField label="Calls that started from" type="datetime-local" value={start} onChange={(event) => setFrom(event.target.value)} hint="Empty: from the first call." />
            <TextField label="until before" type="datetime-local" value={end} onChange={(event) => setTo(event.target.value)} hint="Empty: until now." problem={backwards ? "It is not after the start." : null} />
          </div>
        </>
      )}
      {begin.error && <ErrorState error={begin.error} />}
      {made && <Watched key={made.id} made={made} />}
      <div className="row">
        {real ? (
          <>
            <Button kind="primary" onClick={onClose}>Close</Button>
            <Link href={project.href(`weave/scoring/${made.id}`)}>Its tasks</Link>
            <span className="quiet small">It goes on when this is closed.</span>
          </>
        ) : (
          <>
            <Button type="submit" busy={begin.isPending} disabled={backwards}>Count first</Button>
            <Button kind="primary" busy={begin.isPending} disabled={backwards} onClick={() => begin.mutate(false)}>Score these calls</Button>
          </>
        )}
      </div>
    </form>
  );
}

function Watched({ made }: { made: Backfill }) {
  const query = useBackfill(made.id);
  const found = query.data;
  if (!found) return query.isError ? <ErrorState error={query.error} /> : <Skeleton lines={2} />;
  const open = ["queued", "running", "retrying"].includes(found.state);
  return (
    <section className={`panel ${styles["card"]}`} aria-live="polite" aria-label={found.dry_run ? "The count" : "The back-fill"}>
      <div className="row">
        <StatusBadge value={found.done ? found.state : open ? found.state : "running"} />
        <Progress done={found.walked} total={found.total ?? found.walked} label="Calls looked at" />
        <span className="push" />
        {open && !found.dry_run && <Cancel id={found.id} />}
      </div>
      <p>
        {counted(found.walked, "call")} looked at: <strong>{number(found.chosen)}</strong> {found.dry_run ? "would be" : "are"} scored, {number(found.not_sampled)} not in the sample, {number(found.excluded)} scorers' own.
      </p>
      {!found.dry_run && (
        <>
          <p>{counted(found.queued, "new score")} asked for.</p>
          <StateBar counts={found.scores} label="Scores of the back-fill" />
        </>
      )}
      {found.reason && <p className="quiet">{found.reason}</p>}
    </section>
  );
}
