import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Call, listRootCalls } from "../api/calls";
import { Empty, Loaded, Status } from "../components/parts";
import { type Column, Table } from "../components/Table";
import { duration, moment, opLabel } from "../format";

const PAGE = 50;

export function Traces() {
  const { entity, project } = useParams({ strict: false }) as { entity: string; project: string };
  const [page, setPage] = useState(0);
  const query = useQuery({
    queryKey: ["traces", entity, project, page],
    queryFn: () => listRootCalls(`${entity}/${project}`, PAGE, page * PAGE),
    refetchInterval: 5000,
  });
  const columns: Column<Call>[] = [
    {
      title: "Call",
      cell: (call) => (
        <a href={`/${entity}/${project}/r/call/${call.id}`}>{call.display_name ?? opLabel(call.op_name)}</a>
      ),
    },
    { title: "Status", cell: (call) => <Status value={call.summary.weave?.status ?? "running"} /> },
    { title: "Started", cell: (call) => moment(call.started_at) },
    { title: "Latency", cell: (call) => duration(call.summary.weave?.latency_ms), numeric: true },
  ];
  return (
    <>
      <h1>Traces</h1>
      <Loaded query={query}>
        {(calls) =>
          calls.length === 0 && page === 0 ? (
            <Empty title="No traces yet">
              <pre>{`import weave\nweave.init("${entity}/${project}")\nweave.op(lambda x: x * 2)(21)`}</pre>
            </Empty>
          ) : (
            <>
              <Table rows={calls} columns={columns} rowKey={(call) => call.id} label="Traces" />
              <nav className="pages" aria-label="Pages">
                <button disabled={page === 0} onClick={() => setPage(page - 1)}>
                  Newer
                </button>
                <button disabled={calls.length < PAGE} onClick={() => setPage(page + 1)}>
                  Older
                </button>
              </nav>
            </>
          )
        }
      </Loaded>
    </>
  );
}
