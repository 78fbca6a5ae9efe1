/** The columns of runs: what every run has, and the metrics chosen. */
import type { Run, VersionNumbers } from "@/api/evaluations";
import type { Column } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Cost, Latency, RefLink, StatusBadge, Time, Tokens } from "@/components/Values";
import { counted, number } from "@/domain/format";
import { metricLabel, metricText, unitOf } from "@/domain/metrics";
import { parseRef } from "@/domain/refs";
import type { ReactNode } from "react";
import { type Group, versionLabel } from "./view";
import styles from "./Evaluations.module.css";

interface Options {
  metrics: readonly string[];
  numbers: VersionNumbers | undefined;
  /** What all rows share need not be told by each. */
  group: Group;
  sortable: boolean;
  hrefOf: (run: Run) => string;
}

export function columnsOf({ metrics, numbers, group, sortable, hrefOf }: Options): Column<Run>[] {
  const columns: Column<Run>[] = [
    {
      id: "name",
      title: "Run",
      width: 226,
      grow: true,
      narrow: "title",
      sortable,
      cell: (run) => (
        <Link href={hrefOf(run)} className={`${styles["name"]} cut`} title={run.name ?? run.run_id}>
          {run.name ?? run.evaluation_name ?? run.run_id}
        </Link>
      ),
    },
    { id: "status", title: "Status", width: 114, narrow: "brief", sortable, cell: (run) => <StatusBadge value={run.status} /> },
    { id: "model", title: "Model", width: 136, grow: true, sortable, cell: (run) => <Version value={run.model_ref} name={run.model_name} numbers={numbers} /> },
    { id: "dataset", title: "Dataset", width: 164, grow: true, sortable, cell: (run) => <Version value={run.dataset_ref} name={run.dataset_name} numbers={numbers} /> },
    ...metrics.map(
      (name): Column<Run> => ({ id: name, title: metricLabel(name), width: Math.max(72, Math.min(140, 26 + metricLabel(name).length * 7)), numeric: true, sortable, hint: `${name}. Percent: the share of true; else the mean`, cell: (run) => <Figure run={run} name={name} /> }),
    ),
    { id: "started", title: "Started", width: 88, narrow: "brief", sortable, cell: (run) => <Time at={run.started_at} /> },
    { id: "latency", title: "Latency", width: 76, numeric: true, narrow: "brief", sortable, hint: "Mean of the predictions", cell: (run) => <Latency ms={run.latency === null ? null : run.latency * 1000} /> },
    { id: "tokens", title: "Tokens", width: 72, numeric: true, narrow: "brief", sortable, hint: "Of everything in the run, scorers included", cell: (run) => <Tokens total={run.tokens ?? 0} /> },
    { id: "cost", title: "Cost", width: 84, numeric: true, narrow: "brief", sortable, hint: "Of everything in the run, scorers included; – when no price is known", cell: (run) => <Cost dollars={run.cost} /> },
    { id: "trials", title: "Trials", width: 64, numeric: true, narrow: "hide", sortable, cell: (run) => <span className="number">{number(run.trial_count)}</span> },
  ];
  return columns.filter((column) => group === "none" || column.id !== group);
}

const FROM = { stored: "From the summary stored with the run", trials: "Computed from its trials: the run has no summary of its own", none: "" };

function Figure({ run, name }: { run: Run; name: string }): ReactNode {
  const metric = run.metrics.find((one) => one.name === name);
  if (!metric) return <span className="quiet">–</span>;
  const title = [FROM[run.summary_from], metric.n ? counted(metric.n, "value") : ""].filter(Boolean).join(". ");
  return (
    <span className="number" title={title}>
      {metricText({ kind: metric.kind, unit: unitOf(name) }, metric.value)}
    </span>
  );
}

function Version({ value, name, numbers }: { value: string | null; name: string | null; numbers: VersionNumbers | undefined }) {
  if (!value) return <span className="quiet">{name ?? "–"}</span>;
  const label = versionLabel(value, name, numbers);
  return parseRef(value) ? <RefLink value={value} label={label} /> : <bdi>{label}</bdi>;
}
