/** One evaluation run: its figures, and its examples row by row with the open one beside them. The view is in the address. */
import { useMemo } from "react";
import { ApiError } from "@/api/client";
import { type RunTable, useProgress, useRun } from "@/api/results";
import { useFilters } from "@/components/FilterBar";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Latency, Progress, RefLink, StatusBadge, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Segments } from "@/design/Tabs";
import { counted } from "@/domain/format";
import { parseRef } from "@/domain/refs";
import { About, VersionLink } from "./About";
import { CompareWith } from "./CompareWith";
import styles from "./Evaluation.module.css";
import { Figures } from "./Figures";
import { Rows } from "./Rows";
import { wantedOf } from "./view";

export default function EvaluationRun() {
  const project = useProject();
  const runId = useParam("runId");
  const url = useUrlState();
  const { filters } = useFilters();
  const [search, only, sort] = [url.get("q"), url.get("only"), url.get("sort")];
  const wanted = useMemo(() => wantedOf(filters, search, only, sort), [filters, search, only, sort]);
  const query = useRun(project.id, runId, wanted);
  const table = query.data?.pages[0];
  // A filter that the server refuses must not take the page with it.
  const refused = query.error instanceof ApiError && (query.error.status === 400 || query.error.status === 422) && filters.length > 0;
  if (query.isError && !table && !refused) return <Missing error={query.error} onRetry={() => void query.refetch()} runId={runId} />;
  const title = table ? (table.run.name ?? table.run.evaluation_name ?? "Evaluation run") : "Evaluation run";
  const about = url.get("view") === "about";
  return (
    <Page
      title={title}
      fill={!about}
      facts={table ? <Facts table={table} /> : query.isPending && <Skeleton lines={1} label="Loading the run" />}
      actions={
        <>
          <Segments label="View" value={about ? "about" : "examples"} onChange={(view) => url.set({ view: view === "about" ? view : null })}
            choices={[{ value: "examples", label: "Examples" }, { value: "about", label: "About this run" }]} />
          {table && <CompareWith run={table.run} />}
        </>
      }
    >
      {!query.isError && <Figures table={table} />}
      {about ? table && <About table={table} /> : <Rows runId={runId} query={query} wanted={wanted} />}
    </Page>
  );
}

function Facts({ table }: { table: RunTable }) {
  const project = useProject();
  const { run } = table;
  const took = run.finished_at ? Date.parse(run.finished_at) - Date.parse(run.started_at) : null;
  return (
    <>
      <StatusBadge value={run.status} />
      {run.status === "running" && <Running runId={run.run_id} />}
      <Time at={run.started_at} />
      {took !== null && <span>took <Latency ms={took} /></span>}
      <span className="number">
        {counted(run.example_count, "example")}
        {run.trial_count !== run.example_count && `, ${counted(run.trial_count, "trial")}`}
      </span>
      {table.errors > 0 && <Badge tone="bad">{counted(table.errors, "error")}</Badge>}
      {run.model_name && <span>model {run.model_ref && parseRef(run.model_ref) ? <RefLink value={run.model_ref} /> : <bdi>{run.model_name}</bdi>}</span>}
      {run.dataset_ref && parseRef(run.dataset_ref) && <span>dataset <VersionLink value={run.dataset_ref} /></span>}
      <Link href={project.href(`weave/calls/${encodeURIComponent(run.run_id)}`)}>Its trace</Link>
    </>
  );
}

function Running({ runId }: { runId: string }) {
  const project = useProject();
  const { data } = useProgress(project.id, runId, true);
  if (data?.code !== "running") return null;
  if (data.total_rows === 0) return <span className="number">{counted(data.completed_rows, "row")} done</span>;
  return <span className={styles["progress"]}><Progress done={data.completed_rows} total={data.total_rows} label="Rows that are done" /></span>;
}

function Missing({ error, onRetry, runId }: { error: Error; onRetry: () => void; runId: string }) {
  const project = useProject();
  const { data } = useProgress(project.id, runId, error instanceof ApiError && error.status === 404);
  if (!(error instanceof ApiError && error.status === 404)) {
    return (
      <Page title="Evaluation run">
        <ErrorState error={error} onRetry={onRetry} />
      </Page>
    );
  }
  const failed = data?.code === "failed";
  return (
    <Page title="No such run" heading={<span className="hidden">Evaluation run</span>}>
      <EmptyState title={failed ? "The run could not be made" : "No such evaluation run"} icon="evaluations">
        {failed ? data.error : "If it was just asked for, it opens here once a worker takes it up. Else it was deleted, or its id is mistyped."}{" "}
        <Link href={project.href("weave/evaluations")}>All runs</Link>
      </EmptyState>
    </Page>
  );
}
