/** Scoring of past calls by a monitor: what was asked for, and how far each is. Asking is BackfillDialog. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Backfill, cancelBackfill, type MonitorItem, useBackfills } from "@/api/monitors";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { StateBar } from "@/components/StateBar";
import { EmptyState } from "@/components/States";
import { type ProjectName, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Progress, StatusBadge, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { toast } from "@/design/Toast";
import { moment, number } from "@/domain/format";
import { refLabel } from "@/domain/refs";
import styles from "./Monitor.module.css";

/** Back-fills of the monitor, newest first; the dialog that asks for one is BackfillDialog. */
export function Backfills({ monitor }: { monitor: MonitorItem }) {
  const project = useProject();
  const url = useUrlState();
  const query = useBackfills(project.id);
  const found = useMemo(() => (query.data ?? []).filter((one) => refLabel(one.monitor_ref) === monitor.name), [query.data, monitor.name]);
  const columns = useMemo(() => columnsOf(project), [project]);
  return (
    <div className={styles["column"]}>
      <DataTable label="Back-fills" rows={found} columns={columns} rowKey={(one) => one.id} loading={query.isPending} error={query.error} onRetry={() => void query.refetch()}
        empty={
          <EmptyState title="No past calls were scored yet" icon="clock" code={`weft monitors backfill ${project.id} ${monitor.name} --start 2026-01-01T00:00:00Z --dry-run`}>
            <p>A back-fill decides of each past call as the monitor would have decided then. What this version has scored stays as it is.</p>
            <Button kind="primary" disabled={monitor.problems.length > 0} onClick={() => url.set({ backfill: "1" })}>Score past calls</Button>
          </EmptyState>
        } />
    </div>
  );
}

function columnsOf(project: ProjectName): Column<Backfill>[] {
  return [
    { id: "at", title: "Asked", width: 96, narrow: "brief", cell: (one) => <Time at={one.created_at} /> },
    { id: "what", title: "What", width: 120, narrow: "title", cell: (one) => (one.dry_run ? <Badge>only counted</Badge> : <Link href={project.href(`weave/scoring/${one.id}`)}>its job</Link>) },
    { id: "span", title: "Calls that started", width: 200, grow: true, cell: (one) => <span title={spanOf(one)}>{spanOf(one)}</span> },
    { id: "state", title: "State", width: 110, narrow: "brief", cell: (one) => <span title={one.reason ?? undefined}><StatusBadge value={one.state} /></span> },
    { id: "walked", title: "Looked at", width: 170, cell: (one) => <Progress done={one.walked} total={one.total ?? one.walked} label="Calls looked at" /> },
    { id: "chosen", title: "Chosen", width: 76, numeric: true, cell: (one) => number(one.chosen) },
    { id: "scores", title: "Scores", width: 220, grow: true, cell: (one) => (one.dry_run ? <span className="quiet">–</span> : <StateBar beside counts={one.scores} label="Scores of the back-fill" />) },
    { id: "cancel", title: "", width: 90, cell: (one) => (one.done || !["queued", "running", "retrying"].includes(one.state) ? null : <Cancel id={one.id} />) },
  ];
}

const spanOf = (one: Backfill) => `${one.start ? moment(one.start) : "from the first"} – ${moment(one.end)}`;

export function Cancel({ id }: { id: string }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelBackfill(id),
    onSuccess: () => {
      toast("It looks at no more calls. Scores that were asked for are still given.");
      return client.invalidateQueries();
    },
    onError: (error) => toast(error.message, "bad"),
  });
  return (
    <Button small busy={cancel.isPending} onClick={() => cancel.mutate()}>
      Cancel
    </Button>
  );
}

