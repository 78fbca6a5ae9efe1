/** Where a version is used: evaluation runs of it, and calls that took it or, for an op, that are calls of it. */
import { useMemo } from "react";
import { type ObjectVersion, useRunsOf } from "@/api/objects";
import { type Preview, usePreviews } from "@/api/previews";
import type { Schema } from "@/api/client";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, RefLink, StatusBadge, Time } from "@/components/Values";
import { Segments } from "@/design/Tabs";
import { number } from "@/domain/format";
import { familyOf, refOf } from "./kinds";
import { ShortValue } from "./ShortValue";
import styles from "./Object.module.css";

type Run = Schema<"EvaluationRunItem">;

export function Use({ object }: { object: ObjectVersion }) {
  const url = useUrlState();
  const any = url.get("any") === "1";
  const family = familyOf(object);
  return (
    <div className="stack">
      <div className={styles["tools"]}>
        <Segments label="Of which version" value={any ? "any" : "this"} onChange={(value) => url.set({ any: value === "any" ? "1" : null })}
          choices={[{ value: "this", label: `Only v${object.version_index}` }, { value: "any", label: "Any version" }]} />
      </div>
      {["dataset", "model", "evaluation"].includes(family) && <Runs object={object} family={family} any={any} />}
      <Calls object={object} any={any} />
    </div>
  );
}

function Runs({ object, family, any }: { object: ObjectVersion; family: string; any: boolean }) {
  const project = useProject();
  const ref = refOf(project.id, object);
  // Runs of a model are found by its exact version.
  const every = any && family !== "model";
  const wanted = every ? ref.replace(/:[^:]*$/, ":*") : ref;
  const query = useRunsOf(project.id, { [`${family}s`]: [wanted] });
  const columns = useMemo(
    (): Column<Run>[] => [
      { id: "name", title: "Run", width: 180, grow: true, narrow: "title", cell: (run) => <Link href={project.href(`weave/evaluations/${run.run_id}`)} className="cut">{run.name || run.run_id}</Link> },
      { id: "status", title: "Status", width: 116, narrow: "brief", cell: (run) => <StatusBadge value={run.status} /> },
      { id: "model", title: "Model", width: 140, grow: true, cell: (run) => (run.model_ref ? <RefLink value={run.model_ref} label={run.model_name ?? undefined} /> : "–") },
      { id: "dataset", title: "Dataset", width: 140, grow: true, cell: (run) => (run.dataset_ref ? <RefLink value={run.dataset_ref} label={run.dataset_name ?? undefined} /> : "–") },
      { id: "scores", title: "Scores", width: 200, grow: true, cell: (run) => run.metrics.filter((metric) => metric.name.startsWith("scores.")).slice(0, 3).map((metric) => `${metric.name.slice(7)} ${metric.value === null ? "–" : number(metric.value)}`).join(", ") },
      { id: "started", title: "Started", width: 100, narrow: "brief", cell: (run) => <Time at={run.started_at} /> },
    ],
    [project],
  );
  return (
    <Section title={every ? "Evaluation runs" : `Evaluation runs of v${object.version_index}`}>
      <DataTable label="Evaluation runs" rows={query.data?.runs ?? []} columns={columns} rowKey={(run) => run.run_id} rowHref={(run) => project.href(`weave/evaluations/${run.run_id}`)} keys={false}
        loading={query.isPending} error={query.error} onRetry={() => void query.refetch()} total={query.data?.total} empty={<p className="quiet">No evaluation run used {every ? "any version of it" : "this version"}.</p>} />
    </Section>
  );
}

function Calls({ object, any }: { object: ObjectVersion; any: boolean }) {
  const project = useProject();
  const op = object.kind === "op";
  const wanted = useMemo(() => {
    const ref = refOf(project.id, object);
    const refs = [any ? ref.replace(/:[^:]*$/, ":*") : ref];
    return { filter: op ? { op_names: refs } : { input_refs: refs }, query: null, sort: [{ field: "started_at", direction: "desc" as const }], paths: ["inputs", "output"] };
  }, [project.id, object, any, op]);
  const list = usePreviews(project.id, wanted);
  const rows = useMemo(() => [...new Map((list.data?.pages.flat() ?? []).map((row) => [row.id, row])).values()], [list.data]);
  const columns = useMemo(
    (): Column<Preview>[] => [
      { id: "name", title: "Call", width: 200, narrow: "title", cell: (row) => <Link href={project.href(`r/call/${row.id}`)} className="cut">{row.name || row.id}</Link> },
      { id: "status", title: "Status", width: 90, narrow: "brief", cell: (row) => <StatusBadge value={row.status} /> },
      { id: "inputs", title: "Inputs", width: 160, grow: true, cell: (row) => <ShortValue value={row.values?.["inputs"]} /> },
      { id: "output", title: "Output", width: 160, grow: true, cell: (row) => <ShortValue value={row.values?.["output"]} /> },
      { id: "started", title: "Started", width: 90, narrow: "brief", cell: (row) => <Time at={row.started_at} /> },
      { id: "latency", title: "Latency", width: 80, numeric: true, narrow: "brief", cell: (row) => <Latency ms={row.latency_ms} /> },
      { id: "cost", title: "Cost", width: 82, numeric: true, narrow: "brief", cell: (row) => <Cost dollars={row.cost} /> },
    ],
    [project],
  );
  const traces = `${project.href("weave/traces")}?${new URLSearchParams({ all: "1", f: `summary.weave.trace_name~is~${object.object_id}` })}`;
  const nothing = op ? `Nothing called ${any ? "it" : "this version"} yet.` : `No call took ${any ? "it" : "this version"} as an input.`;
  return (
    <Section title={op ? "Calls of it" : "Calls that took it as an input"} actions={op && <Link href={traces}>In the traces</Link>}>
      <DataTable label="Calls" rows={rows} columns={columns} rowKey={(row) => row.id} rowHref={(row) => project.href(`r/call/${row.id}`)} loading={list.isPending} error={list.error} onRetry={() => void list.refetch()}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined} loadingMore={list.isFetchingNextPage} empty={<EmptyState title={nothing} icon="traces" />} />
    </Section>
  );
}
