import { useMemo } from "react";
import { type ResultRow, type Trial, useResults } from "@/api/results";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { useParam, useProject } from "@/components/useProject";
import { Latency, Metrics } from "@/components/Values";
import { brief, counted } from "@/domain/format";

interface Line {
  row: ResultRow;
  trial: Trial;
}

export default function EvaluationRun() {
  const project = useProject();
  const runId = useParam("runId");
  const query = useResults(project.entity, project.name, runId);
  const lines = useMemo(() => linesOf(query.data?.rows ?? []), [query.data]);
  const columns = useMemo(() => columnsFor(lines, project.href), [lines, project]);
  return (
    <Page title="Evaluation run" fill facts={<>{query.data && counted(query.data.total_rows, "row")} <Link href={project.href(`r/call/${runId}`)}>Its trace</Link></>}>
      <DataTable label="Rows and trials" fill rows={lines} columns={columns} rowKey={(line) => line.trial.predict_and_score_call_id}
        loading={query.isPending} error={query.error} onRetry={() => void query.refetch()} />
    </Page>
  );
}

function linesOf(rows: ResultRow[]): Line[] {
  return rows.flatMap((row) => (row.evaluations ?? []).flatMap(({ trials }) => (trials ?? []).map((trial) => ({ row, trial }))));
}

function columnsFor(lines: Line[], href: (path: string) => string): Column<Line>[] {
  const scorers = [...new Set(lines.flatMap(({ trial }) => Object.keys(trial.scores ?? {})))];
  return [
    { id: "row", title: "Row", width: 260, grow: true, narrow: "title", cell: ({ row }) => brief(row.raw_data_row, 200) },
    {
      id: "output",
      title: "Output",
      width: 240,
      grow: true,
      cell: ({ trial }) => (trial.predict_call_id ? <Link href={href(`r/call/${trial.predict_call_id}`)}>{brief(trial.model_output)}</Link> : brief(trial.model_output)),
    },
    ...scorers.map((scorer) => ({ id: `score-${scorer}`, title: scorer, width: 150, cell: ({ trial }: Line) => <Metrics value={trial.scores?.[scorer]} /> })),
    {
      id: "latency",
      title: "Latency",
      numeric: true,
      width: 100,
      sortValue: ({ trial }) => trial.model_latency_seconds,
      cell: ({ trial }) => <Latency ms={trial.model_latency_seconds === null || trial.model_latency_seconds === undefined ? null : trial.model_latency_seconds * 1000} />,
    },
  ];
}
