/**
 * Scoring tasks of a project, a job or a monitor: filtered by what the address says (`state`, `scorer`, `reason`), one
 * in full (`task`), and failed ones tried again: one, those selected, or all.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { isOpen, retryTasks, type Scope, type Task, type TaskGroup, useTaskCounts, useTasks, type Which } from "@/api/scoring";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { Select } from "@/design/Field";
import { toast } from "@/design/Toast";
import { counted, number } from "@/domain/format";
import { refLabel } from "@/domain/refs";
import { shortId, STATES, TASK_KINDS } from "@/domain/scoring";
import { type Column, DataTable } from "./DataTable";
import { Link } from "./Link";
import { ReasonSearch, Reasons } from "./ScoringReasons";
import { ScoringTaskDialog } from "./ScoringTask";
import styles from "./ScoringTasks.module.css";
import { EmptyState } from "./States";
import { type ProjectName, useProject } from "./useProject";
import { useKeys } from "./useKeys";
import { useUrlState } from "./useUrlState";
import { RefLink, StatusBadge, Time } from "./Values";

type Retried = Omit<Which, "state"> & { task_ids?: string[] };
interface Asked {
  which: Retried;
  title: string;
  text: string;
}

export function ScoringTasks({ scope, of }: { scope: Scope; of: string }) {
  const project = useProject();
  const url = useUrlState();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const counts = useTaskCounts(project.id, scope);
  const [state, scorer, reason] = [url.get("state"), url.get("scorer"), url.get("reason")];
  const which = useMemo<Which>(() => ({ ...scope, ...(state && { state }), ...(scorer && { scorer_ref: scorer }), ...(reason && { reason }) }), [scope, state, scorer, reason]);
  const states = counts.data?.states ?? {};
  const list = useTasks(project.id, which, isOpen(states));
  useFollowing(JSON.stringify(states), list.refetch);
  const rows = useMemo(() => [...new Map((list.data?.pages.flat() ?? []).map((task) => [task.id, task])).values()], [list.data]);
  const later = rows.some((task) => task.next_attempt_at);
  const columns = useMemo(() => columnsOf(project).filter((column) => later || column.id !== "next"), [project, later]);
  const { asking, ask, dialog } = useRetry(() => setSelected(new Set()));

  const failed = rows.filter((task) => selected.has(task.id) && task.state === "failed");
  const again = () => {
    if (failed.length > 0) ask({ which: { task_ids: failed.map((task) => task.id) }, title: `Try ${counted(failed.length, "task")} again?`, text: AGAIN });
  };
  useKeys([{ keys: "r", what: "Try the selected failed tasks again", run: again }]);
  const narrowed = scorer !== "" || reason !== "";
  const chosen = narrowed ? ` ${of} that the scorer and the reason above choose` : ` ${of}`;
  const all = () => ask({
    which: { ...scope, ...(scorer && { scorer_ref: scorer }), ...(reason && { reason }) },
    title: narrowed ? "Try these failed tasks again?" : `Try ${counted(states["failed"] ?? 0, "failed task")} again?`,
    text: `Every failed task${chosen}. ${AGAIN}`,
  });
  return (
    <div className={styles["tasks"]}>
      <Reasons groups={counts.data?.groups ?? []} />
      <div className={styles["tools"]} role="group" aria-label="Which tasks">
        <Select label="State" value={state} choices={[{ value: "", label: `all (${number(counts.data?.total ?? 0)})` }, ...STATES.filter((one) => states[one] || one === state).map((one) => ({ value: one, label: `${one} (${number(states[one] ?? 0)})` }))]}
          onChange={(value) => url.set({ state: value })} />
        <Select label="Scorer" value={scorer} choices={scorersOf(counts.data?.groups ?? [], scorer)} onChange={(value) => url.set({ scorer: value })} />
        <ReasonSearch />
        {(narrowed || state) && (
          <Button kind="bare" onClick={() => url.set({ state: null, scorer: null, reason: null })}>
            Clear
          </Button>
        )}
        <span className="push" />
        {(states["failed"] ?? 0) > 0 && (
          <Button icon="refresh" busy={asking} onClick={all}>
            {narrowed ? "Try these failed ones again" : `Try all ${number(states["failed"] ?? 0)} failed again`}
          </Button>
        )}
      </div>
      {selected.size > 0 && (
        <div className={styles["bulk"]} role="toolbar" aria-label="Selected tasks">
          <strong className="number">{counted(selected.size, "task")} selected</strong>
          <Button icon="refresh" disabled={failed.length === 0} onClick={again}>
            {failed.length === 0 ? "None of them failed" : `Try ${number(failed.length)} again`}
          </Button>
          <span className="push" />
          <Button kind="bare" onClick={() => setSelected(new Set())}>
            Clear selection
          </Button>
        </div>
      )}
      <DataTable
        label="Scoring tasks"
        rows={rows}
        columns={columns}
        rowKey={(task) => task.id}
        onOpen={(task) => url.set({ task: task.id })}
        selection={{ selected, onChange: setSelected }}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={narrowed || state ? (
          <EmptyState title="No task is like that" icon="search">
            <Button onClick={() => url.set({ state: null, scorer: null, reason: null })}>Show all tasks</Button>
          </EmptyState>
        ) : (
          <EmptyState title="No scores were asked for yet" icon="scoring">They appear here as soon as somebody, or a monitor, asks for them.</EmptyState>
        )}
      />
      <ScoringTaskDialog id={url.get("task")} onClose={() => url.set({ task: null })} onRetry={(task) => ask({ which: { task_ids: [task.id] }, title: "Try this task again?", text: AGAIN })} />
      {dialog}
    </div>
  );
}

const AGAIN = "They get all their attempts anew; what is scored already stays as it is.";

/** Asks before tasks are tried again, and tells how many were. */
function useRetry(onDone: () => void) {
  const project = useProject();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const retry = useMutation({
    mutationFn: (which: Retried) => retryTasks(project.id, which),
    onSuccess: async (count) => {
      toast(`${counted(count, "task")} queued again.`);
      setAsked(null);
      onDone();
      await client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("scoring-") });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const dialog = (
    <Confirm open={asked !== null} onClose={() => setAsked(null)} title={asked?.title ?? ""} text={asked?.text ?? ""} action="Try again" busy={retry.isPending}
      onConfirm={() => asked && retry.mutate(asked.which)} />
  );
  return { asking: retry.isPending, ask: setAsked, dialog };
}

/** Reads the rows again when the counts say that something moved, also for the last time. */
function useFollowing(counts: string, refetch: () => unknown) {
  const [seen, setSeen] = useState(counts);
  useEffect(() => {
    if (seen === counts) return;
    setSeen(counts);
    if (seen !== "{}") void refetch();
  }, [seen, counts, refetch]);
}

function scorersOf(groups: readonly TaskGroup[], chosen: string) {
  const refs = [...new Set([...groups.map((group) => group.scorer_ref), chosen])].filter((ref) => ref !== "");
  const names = refs.map(refLabel);
  const label = (ref: string) => (names.filter((name) => name === refLabel(ref)).length > 1 ? `${refLabel(ref)} (${ref.slice(ref.lastIndexOf(":") + 1).slice(0, 7)})` : refLabel(ref));
  return [{ value: "", label: "all" }, ...refs.map((ref) => ({ value: ref, label: label(ref) }))];
}

function columnsOf(project: ProjectName): Column<Task>[] {
  return [
    { id: "state", title: "State", width: 96, narrow: "brief", cell: (task) => <StatusBadge value={task.state} /> },
    { id: "scorer", title: "Scorer", width: 140, narrow: "title", cell: (task) => TASK_KINDS[task.kind] ?? <RefLink value={task.scorer_ref} /> },
    {
      id: "call",
      title: "Call",
      width: 110,
      narrow: "brief",
      cell: (task) => (task.call_id ? <Link className="mono" title={task.call_id} href={project.href(`r/call/${encodeURIComponent(task.call_id)}`)}>{shortId(task.call_id)}</Link> : <span className="quiet">–</span>),
    },
    { id: "reason", title: "Reason", width: 220, grow: true, cell: (task) => <span title={task.reason ?? undefined}>{task.reason ?? <span className="quiet">–</span>}</span> },
    { id: "attempts", title: "Attempts", width: 84, numeric: true, narrow: "brief", hint: "Attempts of this round, and how many there may be", cell: (task) => `${task.attempts} of ${task.max_attempts}` },
    { id: "next", title: "Next attempt", width: 106, cell: (task) => <Time at={task.next_attempt_at} /> },
    { id: "since", title: "Since", width: 84, narrow: "brief", hint: "When it came into this state", cell: (task) => <Time at={task.updated_at} /> },
    {
      id: "links",
      title: "Came of it",
      width: 124,
      cell: (task) => (
        <span className="row">
          {task.score_call_id && <Link href={project.href(`r/call/${task.score_call_id}`)}>trace</Link>}
          {task.feedback_id && <Link href={project.href(`r/call/${encodeURIComponent(task.call_id)}?tab=feedback`)}>feedback</Link>}
          {!task.score_call_id && !task.feedback_id && <span className="quiet">–</span>}
        </span>
      ),
    },
  ];
}
