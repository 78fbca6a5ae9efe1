import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Call, listEvaluationRuns } from "@/api/calls";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { Metrics, RefLink, StatusBadge, Time } from "@/components/Values";

export default function Evaluations() {
  const project = useProject();
  const query = useQuery({ queryKey: ["runs", project.id], queryFn: () => listEvaluationRuns(project.id) });
  const columns = useMemo<Column<Call>[]>(
    () => [
      { id: "run", title: "Run", width: 220, grow: true, narrow: "title", cell: (run) => <Link href={project.href(`weave/evaluations/${run.id}`)}>{run.display_name ?? run.id}</Link> },
      { id: "status", title: "Status", width: 120, cell: (run) => <StatusBadge value={run.summary?.weave?.status ?? "running"} /> },
      { id: "model", title: "Model", width: 160, cell: (run) => <RefLink value={String(run.inputs["model"] ?? "–")} /> },
      { id: "result", title: "Result", width: 300, cell: (run) => <Metrics value={run.output} limit={4} /> },
      { id: "started", title: "Started", width: 110, cell: (run) => <Time at={run.started_at} />, sortValue: (run) => run.started_at },
    ],
    [project],
  );
  return (
    <Page title="Evaluations" fill>
      <DataTable label="Evaluation runs" fill rows={query.data ?? []} columns={columns} rowKey={(run) => run.id} rowHref={(run) => project.href(`weave/evaluations/${run.id}`)}
        loading={query.isPending} error={query.error} onRetry={() => void query.refetch()}
        empty={<EmptyState title="No evaluation yet" icon="evaluations" code={`evaluation = weave.Evaluation(dataset=rows, scorers=[match])\nasyncio.run(evaluation.evaluate(model))`} />} />
    </Page>
  );
}
