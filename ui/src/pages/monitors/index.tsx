/** The monitors of a project: what each watches, and whether it works. */
import { useMemo } from "react";
import { type MonitorItem, useMonitors } from "@/api/monitors";
import { type Column, DataTable } from "@/components/DataTable";
import { Link, useGo } from "@/components/Link";
import { MonitorForm } from "@/components/MonitorForm";
import { Page } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { type ProjectName, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { StatusBadge, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { counted } from "@/domain/format";
import { opInWords } from "@/domain/monitors";
import { refLabel } from "@/domain/refs";

export default function Monitors() {
  const project = useProject();
  const url = useUrlState();
  const go = useGo();
  const query = useMonitors(project.id);
  const found = query.data ?? [];
  const columns = useMemo(() => columnsOf(project), [project]);
  const active = found.filter((monitor) => monitor.active).length;
  useKeys([{ keys: "n", what: "New monitor", run: () => url.set({ new: "1" }) }]);
  return (
    <Page
      title="Monitors"
      facts={query.data && found.length > 0 && `${counted(found.length, "monitor")}, ${active} active`}
      actions={
        <Button kind="primary" icon="plus" onClick={() => url.set({ new: "1" })}>
          New monitor
        </Button>
      }
    >
      <DataTable label="Monitors" rows={found} columns={columns} rowKey={(monitor) => monitor.name} rowHref={(monitor) => hrefOf(project, monitor.name)} loading={query.isPending} error={query.error}
        onRetry={() => void query.refetch()} empty={<NoMonitors project={project} />} />
      <Dialog open={url.get("new") === "1"} onClose={() => url.set({ new: null }, true)} title="New monitor" description="Scores finished calls as they end: publishes a Monitor object, as the SDK does." shape="side">
        <MonitorForm taken={found.map((monitor) => monitor.name)} onDone={(name) => go(hrefOf(project, name), true)} onCancel={() => url.set({ new: null }, true)} />
      </Dialog>
    </Page>
  );
}

const hrefOf = (project: ProjectName, name: string) => project.href(`weave/monitors/${encodeURIComponent(name)}`);

function columnsOf(project: ProjectName): Column<MonitorItem>[] {
  return [
    { id: "name", title: "Monitor", width: 180, narrow: "title", sortValue: (monitor) => monitor.name, cell: (monitor) => <Link href={hrefOf(project, monitor.name)}>{monitor.name}</Link> },
    { id: "state", title: "State", width: 190, narrow: "brief", sortValue: (monitor) => String(monitor.active), cell: (monitor) => <State monitor={monitor} /> },
    { id: "ops", title: "Watches", width: 180, grow: true, cell: (monitor) => <Watched monitor={monitor} /> },
    { id: "share", title: "Share", width: 76, numeric: true, narrow: "brief", sortValue: (monitor) => monitor.sampling_rate, cell: (monitor) => percent(monitor.sampling_rate) },
    { id: "scorers", title: "Scorers", width: 180, grow: true, cell: (monitor) => <span title={monitor.scorer_refs.map(refLabel).join(", ")}>{monitor.scorer_refs.map(refLabel).join(", ") || "none"}</span> },
    { id: "who", title: "By", width: 100, cell: (monitor) => <span title={monitor.wb_user_id ?? undefined}>{monitor.wb_username ?? monitor.wb_user_id ?? "–"}</span> },
    { id: "at", title: "Published", width: 100, narrow: "brief", sortValue: (monitor) => monitor.published_at, cell: (monitor) => <Time at={monitor.published_at} /> },
  ];
}

const percent = (rate: number) => `${Number((rate * 100).toPrecision(4))}%`;

/** A monitor that cannot be used scores nothing, active or not: that is told first. */
function State({ monitor }: { monitor: MonitorItem }) {
  const problems = [...monitor.problems, ...monitor.refused];
  return (
    <span className="row" title={problems.join("\n") || undefined}>
      <StatusBadge value={monitor.active ? "active" : "inactive"} />
      {monitor.problems.length > 0 ? <Badge tone="bad">scores nothing</Badge> : monitor.refused.length > 0 && <Badge tone="wait">in part</Badge>}
    </span>
  );
}

function Watched({ monitor }: { monitor: MonitorItem }) {
  const ops = monitor.op_names.map(opInWords).join(", ") || "every op";
  return (
    <span title={ops}>
      {ops}
      {monitor.has_query && <span className="quiet"> where a query matches</span>}
    </span>
  );
}

function NoMonitors({ project }: { project: ProjectName }) {
  return (
    <EmptyState
      title="No monitors yet"
      icon="monitors"
      code={`import weave
from weave.scorers import ValidJSONScorer

weave.init("${project.id}")
monitor = weave.Monitor(name="answers", op_names=["answer"], sampling_rate=0.25, scorers=[ValidJSONScorer()])
monitor.activate()`}
    >
      A monitor scores calls as they end: every one, or a share of those of some ops. Make one here, or with the SDK.
    </EmptyState>
  );
}
