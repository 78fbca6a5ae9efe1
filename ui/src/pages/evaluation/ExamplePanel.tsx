/** The open example as a whole: what the dataset holds, and of a trial its output, scores, reasons, errors and calls. */
import type { ReactNode } from "react";
import { type ResultRow, type Trial, useEnds, useExample } from "@/api/results";
import { JsonView } from "@/components/JsonView";
import { JsonScalar } from "@/components/JsonScalar";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { EmptyState, Loaded, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { Cost, Latency, StatusBadge, Tokens } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { IconButton } from "@/design/Button";
import { Segments } from "@/design/Tabs";
import { failureOf } from "@/domain/exceptions";
import { counted } from "@/domain/format";
import styles from "./Evaluation.module.css";

interface Props {
  run: string;
  digest: string;
  /** The trial of the address; empty for the first. */
  trial: string;
  onTrial: (id: string) => void;
  onStep: (by: number) => void;
  onClose: () => void;
}

export function ExamplePanel({ run, digest, trial, onTrial, onStep, onClose }: Props) {
  return (
    <>
      <header className={styles["panel-head"]}>
        <h2>Example</h2>
        <code className="quiet small cut">{digest.slice(0, 12)}</code>
        <span className="push" />
        <IconButton icon="up" label="Row before (k)" onClick={() => onStep(-1)} />
        <IconButton icon="down" label="Next row (j)" onClick={() => onStep(1)} />
        <IconButton icon="close" label="Close (Escape)" onClick={onClose} />
      </header>
      <ExampleBody key={digest} {...{ run, digest, trial, onTrial }} />
    </>
  );
}

export function ExampleBody({ run, digest, trial, onTrial }: Pick<Props, "run" | "digest" | "trial" | "onTrial">) {
  const project = useProject();
  const query = useExample(project.entity, project.name, run, digest);
  return (
    <Loaded query={query} skeleton={<Skeleton lines={8} label="Loading the example" />}>
      {(row) =>
        row === null ? (
          <EmptyState title="No such example" icon="search">
            The run has none with this digest, or none that is begun.
          </EmptyState>
        ) : (
          <Whole row={row} trial={trial} onTrial={onTrial} />
        )
      }
    </Loaded>
  );
}

function Whole({ row, trial, onTrial }: { row: ResultRow; trial: string; onTrial: (id: string) => void }) {
  const trials = row.evaluations[0]?.trials ?? [];
  const open = trials.find((one) => one.predict_and_score_call_id === trial) ?? trials[0];
  return (
    <div className={styles["whole"]}>
      <Section title="Inputs and expected">
        <Value value={row.raw_data_row} />
      </Section>
      {trials.length > 1 && open && (
        <div className="row">
          <span className="quiet small">{counted(trials.length, "trial")}</span>
          <Segments label="Trial" value={open.predict_and_score_call_id} onChange={onTrial}
            choices={trials.slice(0, 12).map((one, at) => ({ value: one.predict_and_score_call_id, label: String(at + 1) }))} />
          {trials.length > 12 && <span className="quiet small">the others are in their traces</span>}
        </div>
      )}
      {open && <TrialView trial={open} />}
    </div>
  );
}

function TrialView({ trial }: { trial: Trial }) {
  const project = useProject();
  const { predict_call_id: predict, predict_and_score_call_id: pairing } = trial;
  const ends = useEnds(project.id, predict ? [predict, pairing] : [pairing]);
  const known = [predict, pairing].map((id) => (id ? ends.data?.get(id) : undefined));
  const exception = known.find((call) => call?.exception)?.exception;
  const status = exception ? "error" : known.some((call) => call?.status === "running") ? "running" : "success";
  return (
    <>
      <div className={styles["facts"]}>
        {ends.data && <StatusBadge value={status} />}
        <Fact name="Latency">
          <Latency ms={trial.model_latency_seconds === null || trial.model_latency_seconds === undefined ? null : trial.model_latency_seconds * 1000} />
        </Fact>
        <Fact name="Tokens">
          <Tokens total={trial.total_tokens ?? 0} />
        </Fact>
        <Fact name="Cost">
          <Cost dollars={trial.total_cost} />
        </Fact>
        {predict && <Link href={project.href(`r/call/${predict}`)}>Trace of the prediction</Link>}
        <Link href={project.href(`r/call/${pairing}`)}>Trace of the trial</Link>
      </div>
      {exception && (
        <section className={styles["failure"]} aria-label="Error">
          <strong>{failureOf(exception).title}</strong>
          <span className="small">The traceback is in the trace of the prediction.</span>
        </section>
      )}
      <Section title="Output">
        <Value value={trial.model_output} />
      </Section>
      <Section title="Scores">
        <Scores trial={trial} />
      </Section>
    </>
  );
}

function Scores({ trial }: { trial: Trial }) {
  const project = useProject();
  const scores = Object.entries(trial.scores ?? {});
  if (scores.length === 0) return <p className="quiet">No scorer has said anything of this trial.</p>;
  return (
    <div className="stack">
      {scores.map(([scorer, value]) => {
        const call = trial.scorer_call_ids?.[scorer];
        return (
          <section key={scorer} className={`panel ${styles["score"]}`}>
            <header className="row">
              <strong>{scorer}</strong>
              {typeof value === "boolean" && <Badge tone={value ? "good" : "bad"}>{value ? "✓ true" : "✗ false"}</Badge>}
              <span className="push" />
              {call && <Link href={project.href(`r/call/${call}`)} className="small">Trace of the score</Link>}
            </header>
            {typeof value !== "boolean" && <Bare value={value} />}
          </section>
        );
      })}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span>
      <span className="quiet">{name}</span> {children}
    </span>
  );
}

const Bare = ({ value }: { value: unknown }) => (typeof value === "object" && value !== null ? <JsonView value={value} levels={3} /> : <JsonScalar value={value} />);

function Value({ value }: { value: unknown }) {
  return (
    <div className={`panel ${styles["payload"]}`}>
      <Bare value={value} />
    </div>
  );
}
