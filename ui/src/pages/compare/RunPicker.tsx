/** Runs to choose from, newest first; what is chosen is the caller's. */
import { useMemo } from "react";
import { type RunItem, useRunChoices } from "@/api/compare";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { RefLink, StatusBadge, Time } from "@/components/Values";
import { Select } from "@/design/Field";
import styles from "./Compare.module.css";
import { valueText } from "./figures";
import { metricLabel, titleOf, versionLabel } from "./view";

interface Props {
  selected: readonly string[];
  onChange: (runs: string[]) => void;
  /** Ref of the evaluation whose runs are shown; empty for all. */
  evaluation: string;
  onEvaluation: (ref: string) => void;
  fill?: boolean;
}

export function RunPicker({ selected, onChange, evaluation, onEvaluation, fill = false }: Props) {
  const project = useProject();
  const list = useRunChoices(project.id, evaluation);
  const pages = list.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.runs) ?? [], [pages]);
  const columns = useMemo(() => columnsOf((run) => project.href(`weave/evaluations/${run.run_id}`)), [project]);
  const chosen = useMemo(() => new Set(selected), [selected]);
  const facets = pages?.[0]?.facets?.evaluations ?? [];
  const choices = [
    { value: "", label: "All evaluations" },
    ...facets.map((one) => ({ value: one.ref, label: `${versionLabel(one.ref)} (${one.runs})` })),
    ...(evaluation !== "" && !facets.some((one) => one.ref === evaluation) ? [{ value: evaluation, label: versionLabel(evaluation) }] : []),
  ];
  return (
    <>
      {(choices.length > 2 || evaluation !== "") && (
        <div className={styles["filter"]}>
          <Select label="Runs of" value={evaluation} choices={choices} onChange={onEvaluation} />
        </div>
      )}
      <DataTable
        label="Evaluation runs"
        fill={fill}
        rows={rows}
        columns={columns}
        rowKey={(run) => run.run_id}
        onOpen={(run) => onChange(chosen.has(run.run_id) ? selected.filter((id) => id !== run.run_id) : [...selected, run.run_id])}
        selection={{ selected: chosen, onChange: (next) => onChange(ordered(selected, next)) }}
        keys={fill}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        total={pages?.[0]?.total}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={<NoRuns project={project.id} />}
      />
    </>
  );
}

/** In the order of choosing: the first is the baseline. */
function ordered(before: readonly string[], next: ReadonlySet<string>): string[] {
  const kept = before.filter((id) => next.has(id));
  return [...kept, ...[...next].filter((id) => !kept.includes(id))];
}

function columnsOf(hrefOf: (run: RunItem) => string): Column<RunItem>[] {
  return [
    {
      id: "run",
      title: "Run",
      width: 170,
      grow: true,
      narrow: "title",
      cell: (run) => (
        <Link href={hrefOf(run)} className="cut" title={run.run_id}>
          {run.name || titleOf(run)}
        </Link>
      ),
    },
    { id: "model", title: "Model", width: 140, cell: (run) => (run.model_ref ? <RefLink value={run.model_ref} label={run.model_name ?? undefined} /> : <span className="quiet">–</span>) },
    { id: "dataset", title: "Dataset", width: 160, cell: (run) => (run.dataset_ref ? <RefLink value={run.dataset_ref} label={versionLabel(run.dataset_ref)} /> : <span className="quiet">–</span>) },
    { id: "status", title: "Status", width: 114, narrow: "brief", cell: (run) => <StatusBadge value={run.status} /> },
    { id: "started", title: "Started", width: 90, narrow: "brief", cell: (run) => <Time at={run.started_at} /> },
    { id: "trials", title: "Trials", width: 66, numeric: true, narrow: "hide", cell: (run) => <span className="number">{run.trial_count.toLocaleString("en-US")}</span> },
    { id: "metrics", title: "Metrics", width: 260, grow: true, cell: (run) => <Headlines run={run} /> },
  ];
}

function Headlines({ run }: { run: RunItem }) {
  if (run.metrics.length === 0) return <span className="quiet">–</span>;
  return (
    <span className="number">
      {run.metrics.slice(0, 3).map((metric, at) => (
        <span key={metric.name} className={styles["headline"]}>
          {at > 0 && " · "}
          <span className="quiet">{metricLabel(metric.name)}</span> {valueText({ kind: metric.kind, unit: null }, metric.value)}
        </span>
      ))}
    </span>
  );
}

function NoRuns({ project }: { project: string }) {
  return (
    <EmptyState
      title="No evaluation runs yet"
      icon="evaluations"
      code={`import asyncio, weave              # WANDB_BASE_URL=${location.origin} WANDB_API_KEY=<your key>
weave.init("${project}")

evaluation = weave.Evaluation(name="capitals", dataset=[{"country": "France", "expected": "Paris"}], scorers=[exact])
for model in (small, large):       # models or ops; exact is an op that scores
    asyncio.run(evaluation.evaluate(model))`}
    >
      Evaluate two models on the same examples, and compare them here.
    </EmptyState>
  );
}
