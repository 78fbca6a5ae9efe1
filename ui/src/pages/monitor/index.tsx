/** One monitor: what it watches, what it has scored and not, how scores run, past calls, versions. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type MonitorItem, publishMonitor, useMonitors, useMonitorValue } from "@/api/monitors";
import { Link } from "@/components/Link";
import { MonitorForm } from "@/components/MonitorForm";
import { Page } from "@/components/Page";
import { ScoringTasks } from "@/components/ScoringTasks";
import { EmptyState, ErrorState, Loaded, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { type ProjectName, useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { StatusBadge, Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Confirm, Dialog } from "@/design/Dialog";
import { Tabs } from "@/design/Tabs";
import { toast } from "@/design/Toast";
import { monitorOf } from "@/domain/monitors";
import { BackfillDialog } from "./BackfillDialog";
import { Backfills } from "./Backfills";
import { Overview } from "./Overview";
import { ScoresOverTime } from "./ScoresOverTime";
import { Versions } from "./Versions";

const TABS = ["overview", "scores", "tasks", "backfills", "versions"];
const OF_TABS = { state: null, scorer: null, reason: null, task: null, days: null };

export default function MonitorPage() {
  const project = useProject();
  const name = useParam("name");
  const query = useMonitors(project.id);
  const monitor = query.data?.find((one) => one.name === name);
  if (monitor) return <Found key={name} project={project} monitor={monitor} />;
  return (
    <Page title={name} facts={<Link href={project.href("weave/monitors")}>Monitors</Link>}>
      {query.isPending ? <Skeleton /> : query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : <Missing project={project} name={name} />}
    </Page>
  );
}

function Missing({ project, name }: { project: ProjectName; name: string }) {
  return (
    <EmptyState title={`There is no monitor “${name}” here`} icon="monitors">
      <p>
        It may have been deleted, or the address may be mistyped. <Link href={project.href("weave/monitors")}>All monitors of the project</Link>
      </p>
    </EmptyState>
  );
}

function Found({ project, monitor }: { project: ProjectName; monitor: MonitorItem }) {
  const url = useUrlState();
  const value = useMonitorValue(project.id, monitor.name);
  const scope = useMemo(() => ({ trigger_ref: `weave:///${project.id}/object/${monitor.name}:*` }), [project.id, monitor.name]);
  const edit = () => url.set({ edit: "1" });
  useKeys([{ keys: "e", what: "Edit the monitor", run: edit }]);
  return (
    <Page
      title={monitor.name}
      heading={
        <span className="row">
          {monitor.name} <StatusBadge value={monitor.active ? "active" : "inactive"} />
        </span>
      }
      facts={
        <>
          <Link href={project.href("weave/monitors")}>Monitors</Link>
          <span>
            published by {monitor.wb_username ?? monitor.wb_user_id ?? "somebody"} <Time at={monitor.published_at} />
          </span>
          {monitor.active_since && (
            <span>
              in force since <Time at={monitor.active_since} />
            </span>
          )}
        </>
      }
      actions={
        <>
          <Button icon="clock" disabled={monitor.problems.length > 0} title={monitor.problems.length > 0 ? "It cannot be used; see below" : undefined} onClick={() => url.set({ backfill: "1" })}>
            Score past calls
          </Button>
          <Button icon="annotation" onClick={edit}>
            Edit
          </Button>
          <Switch project={project} monitor={monitor} value={value.data?.val} />
        </>
      }
    >
      <Tabs label="About the monitor" value={TABS.includes(url.get("tab")) ? url.get("tab") : "overview"} onChange={(tab) => url.set({ ...OF_TABS, tab: tab === "overview" ? null : tab }, true)}
        tabs={[
          { id: "overview", title: "Overview", content: () => <Overview monitor={monitor} value={value} scope={scope} /> },
          { id: "scores", title: "Scores over time", content: () => <ScoresOverTime monitor={monitor} triggerRef={scope.trigger_ref} /> },
          { id: "tasks", title: "Tasks", content: () => <ScoringTasks scope={scope} of="that this monitor asked for" /> },
          { id: "backfills", title: "Past calls", content: () => <Backfills monitor={monitor} /> },
          { id: "versions", title: "Versions", content: () => <Versions name={monitor.name} /> },
        ]} />
      <Dialog open={url.get("edit") === "1"} onClose={() => url.set({ edit: null }, true)} title={`Edit ${monitor.name}`} description="Publishes a new version, which takes the place of this one at once." shape="side">
        <Loaded query={value}>{(found) => <MonitorForm key={found.digest} name={monitor.name} before={monitorOf(found.val)} onDone={() => url.set({ edit: null }, true)} onCancel={() => url.set({ edit: null }, true)} />}</Loaded>
      </Dialog>
      <BackfillDialog name={monitor.name} open={url.get("backfill") === "1"} onClose={() => url.set({ backfill: null }, true)} />
    </Page>
  );
}

function Switch({ project, monitor, value }: { project: ProjectName; monitor: MonitorItem; value: unknown }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const to = !monitor.active;
  const publish = useMutation({
    mutationFn: () => publishMonitor(project.id, monitor.name, { ...monitorOf(value), active: to }),
    onSuccess: async () => {
      await client.invalidateQueries();
      toast(`${monitor.name} is ${to ? "active" : "not active any more"}.`);
      setOpen(false);
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const text = to
    ? "Publishes a version that is active: calls that end from now on are scored as it says."
    : "Publishes a version that is not active: calls that end from now on are not scored by it. Scores that were asked for already are still given.";
  return (
    <>
      <Button kind={to ? "primary" : "plain"} icon={to ? "play" : "pause"} disabled={value === undefined} onClick={() => setOpen(true)}>
        {to ? "Activate" : "Deactivate"}
      </Button>
      <Confirm open={open} onClose={() => setOpen(false)} title={`${to ? "Activate" : "Deactivate"} ${monitor.name}?`} text={text} action={to ? "Activate" : "Deactivate"} busy={publish.isPending} onConfirm={() => publish.mutate()} />
    </>
  );
}
