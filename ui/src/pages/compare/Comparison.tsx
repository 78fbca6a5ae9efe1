/** Two to six runs side by side. */
import { useState } from "react";
import { ApiError } from "@/api/client";
import { type Compared, type Comparison as Data, type RowsWanted, useComparison } from "@/api/compare";
import { Page, Section } from "@/components/Page";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Select } from "@/design/Field";
import { counted } from "@/domain/format";
import styles from "./Compare.module.css";
import { Examples } from "./Examples";
import { MetricPicker } from "./MetricPicker";
import { MetricsTable } from "./MetricsTable";
import { RunPicker } from "./RunPicker";
import { RunStrip } from "./RunStrip";
import { LEAST, LEVELS, MOST, titleOf } from "./view";
import { Warnings } from "./Warnings";

export function Comparison({ compared, wanted }: { compared: Compared; wanted: RowsWanted }) {
  const project = useProject();
  const url = useUrlState();
  const query = useComparison(project.id, compared);
  const [adding, setAdding] = useState(false);
  const choose = (runs: readonly string[]) =>
    url.set({ runs: runs.join(","), baseline: runs.includes(compared.baseline) && compared.baseline !== runs[0] ? compared.baseline : null, run: null, row: null });
  const { data } = query;
  return (
    <Page
      title={data ? `Compare ${data.runs.map(titleOf).join(", ")}` : "Compare"}
      heading="Compare"
      facts={data && <span className="number">{counted(data.runs.length, "run")}, {counted(data.metrics.length, "metric")}</span>}
      actions={
        <>
          <Select label="Confidence" hideLabel value={String(Math.round(compared.confidence * 100))} onChange={(value) => url.set({ level: value === "95" ? null : value }, true)}
            choices={LEVELS.map((level) => ({ value: String(Math.round(level * 100)), label: `${Math.round(level * 100)}% confidence` }))} />
          <MetricPicker compared={compared} onChange={(m) => url.set({ m, row: null }, true)} />
          <Button icon="plus" disabled={compared.runs.length >= MOST} title={compared.runs.length >= MOST ? `At most ${MOST} runs` : undefined} onClick={() => setAdding(true)}>
            Add a run
          </Button>
        </>
      }
    >
      {data ? (
        <Shown data={data} stale={query.isPlaceholderData} compared={compared} wanted={wanted} onRuns={choose} />
      ) : query.error ? (
        <Failed error={query.error} runs={compared.runs} onRetry={() => void query.refetch()} onRuns={choose} />
      ) : (
        <Skeleton lines={14} label="Loading the comparison" />
      )}
      {adding && <AddRun runs={compared.runs} evaluation={data?.runs.find((run) => run.run_id === data.baseline)?.evaluation_ref ?? ""} onClose={() => setAdding(false)} onRuns={choose} />}
    </Page>
  );
}

interface ShownProps {
  data: Data;
  stale: boolean;
  compared: Compared;
  wanted: RowsWanted;
  onRuns: (runs: readonly string[]) => void;
}

function Shown({ data, stale, compared, wanted, onRuns }: ShownProps) {
  const url = useUrlState();
  const level = Number(((1 - data.confidence) * 100).toFixed(1)) / 100;
  const baseline = (id: string) => url.set({ baseline: id === compared.runs[0] ? null : id, run: null, row: null });
  return (
    <>
      <RunStrip data={data} onBaseline={baseline} onRemove={(id) => onRuns(compared.runs.filter((one) => one !== id))} />
      <Warnings warnings={data.warnings} runs={data.runs} />
      <Section title="Metrics">
        {data.metrics.length === 0 ? (
          <EmptyState title="Nothing to compare yet" icon="compare">
            These runs have no scores, or none of the metrics that were asked for. Figures appear as the runs go on.
          </EmptyState>
        ) : (
          <>
            <MetricsTable data={data} stale={stale} />
            <p className={styles["reading"]}>
              A difference is run minus baseline, over the examples that both have; trials of an example belong together. <em>Better</em> and <em>worse</em> mean that p, adjusted by Holm for {data.comparisons === 1 ? "the one comparison" : `all ${data.comparisons} comparisons`} on
              this page, is below {level}. <em>No evidence</em> is not evidence of no difference: look how wide the interval is. Intervals of rates are Wilson&apos;s.
            </p>
          </>
        )}
      </Section>
      <Examples data={data} compared={compared} wanted={wanted} />
    </>
  );
}

/** An address that names a run which is gone can still be used without it. */
function Failed({ error, runs, onRetry, onRuns }: { error: Error; runs: readonly string[]; onRetry: () => void; onRuns: (runs: readonly string[]) => void }) {
  const named = error instanceof ApiError && [400, 404, 422].includes(error.status) ? runs.filter((id) => error.message.includes(id)) : [];
  const rest = runs.filter((id) => !named.includes(id));
  return (
    <div className="stack">
      <ErrorState error={error} onRetry={onRetry} />
      <div className="row">
        {named.length > 0 && rest.length >= LEAST && <Button onClick={() => onRuns(rest)}>Compare the other {rest.length}</Button>}
        <Button onClick={() => onRuns(rest.length < LEAST ? rest : [])}>Choose runs</Button>
      </div>
    </div>
  );
}

interface AddProps {
  runs: readonly string[];
  evaluation: string;
  onClose: () => void;
  onRuns: (runs: readonly string[]) => void;
}

function AddRun({ runs, evaluation, onClose, onRuns }: AddProps) {
  const [chosen, setChosen] = useState<readonly string[]>(runs);
  const [of, setOf] = useState(evaluation);
  const wrong = chosen.length < LEAST || chosen.length > MOST;
  const use = () => {
    onClose();
    onRuns(chosen);
  };
  return (
    <Dialog open onClose={onClose} shape="side" title="Choose runs" description={`${LEAST} to ${MOST} runs, best of the same evaluation.`}>
      <div className={styles["picker"]}>
        <RunPicker selected={chosen} onChange={setChosen} evaluation={of} onEvaluation={setOf} />
      </div>
      <div className={styles["picker-foot"]}>
        <span className={wrong ? styles["too-many"] : "quiet"}>{counted(chosen.length, "run")} chosen{chosen.length > MOST ? `, ${MOST} at most` : ""}</span>
        <Button kind="primary" disabled={wrong} onClick={use}>
          Compare
        </Button>
      </div>
    </Dialog>
  );
}
