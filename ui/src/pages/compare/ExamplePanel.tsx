/** One example whole: the row, and each run's trials with outputs, scores and the way to their calls. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Comparison, type Example, type ExampleTrial, useExample } from "@/api/compare";
import { JsonView } from "@/components/JsonView";
import { Link } from "@/components/Link";
import { EmptyState, Loaded } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, Metrics } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Segments } from "@/design/Tabs";
import { counted } from "@/domain/format";
import { Changes, Whole } from "./Changes";
import styles from "./Examples.module.css";
import { RunName } from "./RunTag";
import { titleOf } from "./view";

interface Props {
  data: Comparison;
  runs: readonly string[];
  digest: string;
  /** Where it stands in the list, when it is there. */
  place: { at: number; of: number } | null;
  before: string | undefined;
  next: string | undefined;
  onClose: () => void;
}

export function ExamplePanel({ data, runs, digest, place, before, next, onClose }: Props) {
  const project = useProject();
  const url = useUrlState();
  const query = useExample(project, runs, digest);
  const whole = url.get("whole") === "1";
  const go = (row: string | undefined) => row && url.set({ row }, true);
  useSteps(() => go(before), () => go(next));
  return (
    <Dialog open shape="side" title={place ? `Example ${(place.at + 1).toLocaleString("en-US")} of ${place.of.toLocaleString("en-US")}` : "Example"} onClose={onClose}>
      <div className={styles["panel-tools"]}>
        <Segments label="Outputs" value={whole ? "whole" : "changes"} onChange={(value) => url.set({ whole: value === "whole" ? "1" : null }, true)}
          choices={[{ value: "changes", label: "Differences" }, { value: "whole", label: "Whole outputs" }]} />
        <span className="push" />
        <Button small icon="up" disabled={!before} onClick={() => go(before)} title="k">
          Previous
        </Button>
        <Button small icon="down" disabled={!next} onClick={() => go(next)} title="j">
          Next
        </Button>
      </div>
      <Loaded query={query}>
        {(example) =>
          example ? (
            <Body key={digest} example={example} data={data} whole={whole} />
          ) : (
            <EmptyState title="No such example" icon="compare">
              None of these runs has it: another run may, or its calls were deleted.
            </EmptyState>
          )
        }
      </Loaded>
    </Dialog>
  );
}

/** j and k in the panel; those of the table rest while a dialog is open. */
function useSteps(before: () => void, next: () => void): void {
  const steps = useRef({ before, next });
  useLayoutEffect(() => {
    steps.current = { before, next };
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.key === "j") steps.current.next();
      if (event.key === "k") steps.current.before();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

function Body({ example, data, whole }: { example: Example; data: Comparison; whole: boolean }) {
  const trialsOf = (runId: string) => example.evaluations.find((one) => one.evaluation_call_id === runId)?.trials ?? [];
  const base = data.runs.find((run) => run.run_id === data.baseline);
  const basics = trialsOf(data.baseline);
  // The baseline first: the others are told by how they differ from it.
  const order = data.runs.map((run, at) => ({ run, at })).sort((a, b) => Number(b.run.run_id === data.baseline) - Number(a.run.run_id === data.baseline));
  return (
    <div className={styles["panel"]}>
      <section aria-label="The example" className={styles["part"]}>
        <JsonView value={example.raw_data_row} />
      </section>
      {order.map(({ run, at }) => {
        const baseline = run.run_id === data.baseline;
        return (
          <section key={run.run_id} aria-label={titleOf(run)} className={styles["part"]}>
            <h3 className={styles["part-head"]}>
              <RunName run={run} at={at} />
              {baseline && <Badge tone="accent">baseline</Badge>}
            </h3>
            <Trials trials={trialsOf(run.run_id)} against={baseline || whole ? null : basics} names={[base ? titleOf(base) : "the baseline", titleOf(run)]} />
          </section>
        );
      })}
    </div>
  );
}

const FEW = 3;

function Trials({ trials, against, names }: { trials: readonly ExampleTrial[]; against: readonly ExampleTrial[] | null; names: [string, string] }) {
  const [all, setAll] = useState(false);
  if (trials.length === 0) return <p className="quiet">This run does not have the example.</p>;
  const shown = all ? trials : trials.slice(0, FEW);
  return (
    <>
      {shown.map((trial, at) => {
        // The baseline may have had fewer trials: then all are held against its first.
        const other = against?.[at] ?? against?.[0];
        return (
          <div key={trial.predict_and_score_call_id} className={styles["trial"]}>
            <TrialHead trial={trial} title={trials.length > 1 ? `Trial ${at + 1}` : null} />
            {other ? <Changes before={other.model_output} after={trial.model_output} names={names} /> : <Whole value={trial.model_output} />}
            <Metrics value={trial.scores} limit={24} />
          </div>
        );
      })}
      {trials.length > shown.length && (
        <Button small onClick={() => setAll(true)}>
          Show {counted(trials.length - shown.length, "more trial")}
        </Button>
      )}
    </>
  );
}

function TrialHead({ trial, title }: { trial: ExampleTrial; title: string | null }) {
  const project = useProject();
  const seconds = trial.model_latency_seconds;
  return (
    <div className={styles["trial-head"]}>
      {title && <strong>{title}</strong>}
      {typeof seconds === "number" && <Latency ms={seconds * 1000} />}
      {typeof trial.total_cost === "number" && <Cost dollars={trial.total_cost} />}
      <span className="push" />
      {trial.predict_call_id && <Link href={project.href(`r/call/${trial.predict_call_id}`)}>Prediction</Link>}
      <Link href={project.href(`r/call/${trial.predict_and_score_call_id}`)}>Prediction and scores</Link>
    </div>
  );
}
