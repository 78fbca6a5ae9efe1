import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { queryResults, type ResultRow, type Trial } from "../api/calls";
import { Metrics } from "../components/Metrics";
import { Loaded } from "../components/parts";
import { type Column, Table } from "../components/Table";
import { brief, duration } from "../format";

interface Line {
  row: ResultRow;
  trial: Trial;
}

export function EvaluationRun() {
  const { entity, project, runId } = useParams({ strict: false }) as Record<"entity" | "project" | "runId", string>;
  const name = `${entity}/${project}`;
  const query = useQuery({ queryKey: ["results", name, runId], queryFn: () => queryResults(name, runId) });
  return (
    <>
      <h1>Evaluation run</h1>
      <p className="facts">
        <a href={`/${name}/r/call/${runId}`}>Its trace</a>
      </p>
      <Loaded query={query}>
        {(results) => (
          <>
            <p>{results.total_rows} rows</p>
            <Table
              rows={linesOf(results.rows)}
              columns={columnsFor(results.rows, name)}
              rowKey={(line) => line.trial.predict_and_score_call_id}
              label="Rows and trials"
            />
          </>
        )}
      </Loaded>
    </>
  );
}

function linesOf(rows: ResultRow[]): Line[] {
  return rows.flatMap((row) => row.evaluations.flatMap(({ trials }) => trials.map((trial) => ({ row, trial }))));
}

function columnsFor(rows: ResultRow[], project: string): Column<Line>[] {
  const scorers = [...new Set(linesOf(rows).flatMap(({ trial }) => Object.keys(trial.scores)))];
  return [
    { title: "Row", cell: ({ row }) => brief(row.raw_data_row, 200) },
    {
      title: "Output",
      cell: ({ trial }) =>
        trial.predict_call_id ? (
          <a href={`/${project}/r/call/${trial.predict_call_id}`}>{brief(trial.model_output)}</a>
        ) : (
          brief(trial.model_output)
        ),
    },
    ...scorers.map((scorer) => ({
      title: scorer,
      cell: ({ trial }: Line) => <Metrics value={trial.scores[scorer]} />,
    })),
    {
      title: "Latency",
      numeric: true,
      cell: ({ trial }) => duration(trial.model_latency_seconds === null ? null : trial.model_latency_seconds * 1000),
    },
  ];
}
