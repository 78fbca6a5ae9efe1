/** What a monitor does, in words; what became of it lately; its newest scores. */
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { type MonitorItem, type ScorePreview, useLatestScores, useVersions } from "@/api/monitors";
import { type ObjectVersion, type Scope, useTaskCounts } from "@/api/scoring";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { StateBar } from "@/components/StateBar";
import { EmptyState, Loaded } from "@/components/States";
import { type ProjectName, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { RefLink, StatusBadge, Time } from "@/components/Values";
import { counted, number } from "@/domain/format";
import { glimpse } from "@/domain/glimpse";
import { inWords, monitorOf, opInWords } from "@/domain/monitors";
import { refLabel } from "@/domain/refs";
import { shortId } from "@/domain/scoring";
import styles from "./Monitor.module.css";
import { Range, useRange } from "./Range";

interface Props {
  monitor: MonitorItem;
  value: UseQueryResult<ObjectVersion>;
  scope: Scope;
}

export function Overview({ monitor, value, scope }: Props) {
  return (
    <div className={styles["column"]}>
      {monitor.problems.length > 0 && (
        <div className={styles["warn"]} role="alert">
          <strong>It scores nothing:</strong>
          {monitor.problems.map((problem) => <p key={problem}>{problem}</p>)}
        </div>
      )}
      {monitor.refused.length > 0 && (
        <div className={`${styles["warn"]} ${styles["part"]}`} role="alert">
          <strong>Not all of its scorers are asked:</strong>
          {monitor.refused.map((problem) => <p key={problem}>{problem}</p>)}
        </div>
      )}
      <div className={styles["two"]}>
        <Section title="What it does">
          <div className={`panel ${styles["card"]}`}>
            <Loaded query={value}>{(found) => <What monitor={monitor} value={found.val} />}</Loaded>
          </div>
        </Section>
        <Section title="Lately">
          <Lately scope={scope} />
        </Section>
      </div>
      <Newest monitor={monitor} />
    </div>
  );
}

function What({ monitor, value }: { monitor: MonitorItem; value: unknown }) {
  const found = useMemo(() => monitorOf(value), [value]);
  const words = inWords(found.query);
  return (
    <dl className={styles["facts"]}>
      {found.description && <Fact name="Description">{found.description}</Fact>}
      <Fact name="Watches">{found.op_names.length === 0 ? "every op" : found.op_names.map((op, at) => <span key={op} title={op}>{at > 0 && ", "}{opInWords(op)}</span>)}</Fact>
      <Fact name="Where">
        {words.length === 0 ? (
          "any call of these"
        ) : (
          <ul>
            {words.map((line, at) => (
              <li key={at}>
                {at > 0 && <span className="quiet">and </span>}
                {line}
              </li>
            ))}
          </ul>
        )}
      </Fact>
      <Fact name="Share">{found.sampling_rate >= 1 ? "all of them" : `${number(found.sampling_rate * 100)}% of them, chosen by their ids`}</Fact>
      <Fact name="Scorers">
        <span className="row">{found.scorers.length === 0 ? "none" : found.scorers.map((ref) => <RefLink key={ref} value={ref} />)}</span>
      </Fact>
      <Fact name="Leaves">{found.is_traced ? "feedback, and a trace of each scorer" : "feedback only"}</Fact>
      <Fact name="Kind">{monitor.kind}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const SHOWN = 4;

function Lately({ scope }: { scope: Scope }) {
  const project = useProject();
  const url = useUrlState();
  const { since } = useRange();
  const counts = useTaskCounts(project.id, { ...scope, since });
  return (
    <div className={`panel ${styles["card"]}`}>
      <div className={styles["range"]}>
        <Range />
      </div>
      <Loaded query={counts}>
        {(found) => {
          const without = found.groups.filter((group) => group.reason && group.state !== "scored");
          return (
            <>
              <p>
                <strong>{counted(found.total, "score")}</strong> asked for
              </p>
              <StateBar counts={found.states} label="Scores that were asked for" />
              {without.length > 0 && (
                <ul className={styles["missing"]} aria-label="Without a score">
                  {without.slice(0, SHOWN).map((group) => (
                    <li key={`${group.state} ${group.scorer_ref} ${group.reason}`} title={group.reason ?? undefined}>
                      <p className="cut">
                        <StatusBadge value={group.state} /> <strong className="number">{number(group.count)}</strong>{" "}
                        <Link href={url.href({ tab: "tasks", days: null, state: group.state, scorer: group.scorer_ref, reason: group.reason })}>{group.reason}</Link>
                      </p>
                    </li>
                  ))}
                </ul>
              )}
              <p>
                <Link href={url.href({ tab: "tasks", days: null })}>All its tasks</Link>
              </p>
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function Newest({ monitor }: { monitor: MonitorItem }) {
  const project = useProject();
  const versions = useVersions(project.id, monitor.name);
  const refs = useMemo(() => (versions.data ?? []).map((version) => `weave:///${project.id}/object/${monitor.name}:${version.digest}`), [versions.data, project.id, monitor.name]);
  const query = useLatestScores(project.id, refs);
  const columns = useMemo(() => columnsOf(project), [project]);
  return (
    <Section title="Newest scores">
      <DataTable label="Newest scores" rows={query.data ?? []} columns={columns} rowKey={(row) => row.id} rowHref={(row) => project.href(`r/call/${refLabel(row.weave_ref)}?tab=feedback`)} loading={query.isPending}
        error={query.error} onRetry={() => void query.refetch()}
        empty={
          <EmptyState title="It has scored nothing yet" icon="monitors">
            <p>
              {monitor.active ? "Scores appear here as calls end." : "Activate it to score calls as they end, or let it score past calls."} <Link href={project.href("weave/scoring/explain")}>Why was a call not scored?</Link>
            </p>
          </EmptyState>
        } />
    </Section>
  );
}

function columnsOf(project: ProjectName): Column<ScorePreview>[] {
  return [
    { id: "scorer", title: "Scorer", width: 180, narrow: "title", cell: (row) => (row.runnable_ref ? <RefLink value={row.runnable_ref} /> : row.feedback_type) },
    { id: "value", title: "Score", width: 240, grow: true, cell: (row) => <bdi>{glimpse(row.value).map(({ key, text }) => (key ? `${key} ${text}` : text)).join("  ")}</bdi> },
    { id: "call", title: "Call", width: 110, narrow: "brief", cell: (row) => <Link className="mono" title={row.weave_ref} href={project.href(`r/call/${refLabel(row.weave_ref)}`)}>{shortId(refLabel(row.weave_ref))}</Link> },
    { id: "trace", title: "Scorer's trace", width: 110, narrow: "brief", cell: (row) => (row.call_ref ? <RefLink value={row.call_ref} label="trace" /> : <span className="quiet">–</span>) },
    { id: "at", title: "When", width: 96, narrow: "brief", cell: (row) => <Time at={row.created_at} /> },
  ];
}
