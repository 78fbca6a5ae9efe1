import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type Call, listEvaluationRuns } from "../api/calls";
import { Metrics } from "../components/Metrics";
import { Empty, Loaded, Status } from "../components/parts";
import { type Column, Table } from "../components/Table";
import { brief, moment, refLabel } from "../format";

export function Evaluations() {
  const { entity, project } = useParams({ strict: false }) as { entity: string; project: string };
  const name = `${entity}/${project}`;
  const query = useQuery({ queryKey: ["runs", name], queryFn: () => listEvaluationRuns(name) });
  const columns: Column<Call>[] = [
    {
      title: "Run",
      cell: (run) => <a href={`/${name}/weave/evaluations/${run.id}`}>{run.display_name ?? run.id}</a>,
    },
    { title: "Status", cell: (run) => <Status value={run.summary.weave?.status ?? "running"} /> },
    { title: "Model", cell: (run) => refLabel(brief(run.inputs["model"], 500)) },
    { title: "Result", cell: (run) => <Metrics value={run.output} /> },
    { title: "Started", cell: (run) => moment(run.started_at) },
  ];
  return (
    <>
      <h1>Evaluations</h1>
      <Loaded query={query}>
        {(runs) =>
          runs.length === 0 ? (
            <Empty title="No evaluation yet">
              <pre>{`evaluation = weave.Evaluation(dataset=rows, scorers=[match])\nasyncio.run(evaluation.evaluate(model))`}</pre>
            </Empty>
          ) : (
            <Table rows={runs} columns={columns} rowKey={(run) => run.id} label="Evaluation runs" />
          )
        }
      </Loaded>
    </>
  );
}
