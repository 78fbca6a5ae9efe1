import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Call, LIGHT } from "@/api/calls";
import { allLines } from "@/api/client";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { FirstTrace } from "@/components/States";
import { useProject } from "@/components/useProject";
import { Latency, StatusBadge, Time } from "@/components/Values";
import { opLabel } from "@/domain/format";

export default function Traces() {
  const project = useProject();
  const query = useQuery({
    queryKey: ["traces", project.id],
    queryFn: ({ signal }) => allLines<Call>("/calls/stream_query", { project_id: project.id, filter: { trace_roots_only: true }, sort_by: [{ field: "started_at", direction: "desc" }], columns: LIGHT, limit: 100 }, signal),
  });
  const columns = useMemo<Column<Call>[]>(
    () => [
      { id: "call", title: "Call", width: 240, grow: true, narrow: "title", cell: (call) => <Link href={project.href(`r/call/${call.id}`)}>{call.display_name ?? opLabel(call.op_name)}</Link> },
      { id: "status", title: "Status", width: 110, cell: (call) => <StatusBadge value={call.summary?.weave?.status ?? "running"} /> },
      { id: "started", title: "Started", width: 110, cell: (call) => <Time at={call.started_at} /> },
      { id: "latency", title: "Latency", width: 90, numeric: true, cell: (call) => <Latency ms={call.summary?.weave?.latency_ms} /> },
    ],
    [project],
  );
  return (
    <Page title="Traces" fill>
      <DataTable label="Traces" fill rows={query.data ?? []} columns={columns} rowKey={(call) => call.id} rowHref={(call) => project.href(`r/call/${call.id}`)} loading={query.isPending} error={query.error} empty={<FirstTrace project={project.id} />} />
    </Page>
  );
}
