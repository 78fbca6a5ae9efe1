/** All projects one may see, with how much they hold and when something last came in. */
import { useMemo, useState } from "react";
import { type ProjectActivity, useActivity } from "@/api/projects";
import { type ProjectSummary, useProjects, useSession } from "@/api/session";
import { type Column, DataTable } from "@/components/DataTable";
import { FirstSteps } from "@/components/FirstSteps";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { SearchBox } from "@/components/SearchBox";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { TextField } from "@/design/Field";
import { counted, number } from "@/domain/format";
import styles from "./Projects.module.css";

const hrefOf = (row: ProjectSummary) => `/${encodeURIComponent(row.entity)}/${encodeURIComponent(row.name)}/weave/traces`;
const idOf = (row: ProjectSummary) => `${row.entity}/${row.name}`;

export default function Projects() {
  const url = useUrlState();
  const query = useProjects();
  const session = useSession();
  const activity = useActivity(query.isSuccess && query.data.length > 0);
  const search = url.get("q").trim().toLowerCase();
  const projects = useMemo(() => query.data ?? [], [query.data]);
  const known = activity.data;
  // The latest first, as soon as that is known.
  const rows = useMemo(() => {
    const found = projects.filter((row) => idOf(row).toLowerCase().includes(search));
    return known ? [...found].sort((a, b) => lastOf(known, b) - lastOf(known, a)) : found;
  }, [projects, known, search]);
  const columns = useMemo(() => columnsOf(known, activity.isError), [known, activity.isError]);
  const entity = session.data?.default_entity ?? "my-team";
  const none = query.isSuccess && projects.length === 0;
  return (
    <Page
      title="Projects"
      facts={query.isSuccess && projects.length > 0 && <span className="number">{counted(projects.length, "project")}</span>}
      actions={!none && <Button kind="primary" icon="plus" onClick={() => url.set({ new: "1" })}>New project</Button>}
    >
      {none ? (
        <EmptyState title="Send the first trace" icon="traces">
          <p>A project begins with the first trace that is sent to it. The official Weave SDKs work unchanged.</p>
          <NewProject entity={entity} open={session.data?.auth === "off"} />
        </EmptyState>
      ) : (
        <>
          <SearchBox className={styles["search"]} label="Find a project" value={url.get("q")} onChange={(q) => url.set({ q }, true)} />
          <DataTable
            label="Projects"
            rows={rows}
            columns={columns}
            rowKey={idOf}
            rowHref={hrefOf}
            loading={query.isPending}
            error={query.error}
            onRetry={() => void query.refetch()}
            empty={
              <EmptyState title="No project of this name" icon="search">
                <Button onClick={() => url.set({ q: null })}>Show all projects</Button>
              </EmptyState>
            }
          />
        </>
      )}
      <Dialog open={url.get("new") === "1" && !none} onClose={() => url.set({ new: null })} title="A new project" description="It begins with the first trace that is sent to it; there is nothing else to create." shape="side">
        <NewProject entity={entity} open={session.data?.auth === "off"} />
      </Dialog>
    </Page>
  );
}

/** A name, and what a program has to say to send to it. */
function NewProject({ entity, open }: { entity: string; open: boolean }) {
  const [name, setName] = useState(`${entity}/my-project`);
  const wrong = /^[^/\s][^/]*\/[^/]+$/.test(name.trim()) ? null : "A team or person, a slash, and a name: my-team/my-project";
  return (
    <div className={styles["new"]}>
      <TextField label="Project" value={name} problem={wrong} spellCheck={false} autoComplete="off" onChange={(event) => setName(event.target.value)} hint="entity/name. Whoever has a member's key for it may begin it." />
      <FirstSteps project={wrong ? `${entity}/my-project` : name.trim()} apiKey={open ? "local" : undefined} />
      <p className="quiet small">
        {open ? "This server asks for no keys: any text will do as one." : <>No key yet? <Link href="/authorize">How to get one</Link></>}
      </p>
    </div>
  );
}

type Known = ReadonlyMap<string, ProjectActivity>;

function lastOf(known: Known, row: ProjectSummary): number {
  const last = known.get(idOf(row))?.last_activity;
  return last ? Date.parse(last) : 0;
}

function columnsOf(known: Known | undefined, failed: boolean): Column<ProjectSummary>[] {
  const shown = (row: ProjectSummary, field: "calls" | "spans", unit: string) => {
    const found = known?.get(idOf(row));
    if (!found) return <span className="quiet">{failed ? "?" : "…"}</span>;
    return <span className={found[field] === 0 ? "quiet" : ""}>{number(found[field])}<span className={styles["unit"]}> {unit}</span></span>;
  };
  return [
    {
      id: "name", title: "Project", width: 280, grow: true, narrow: "title", sortValue: (row) => row.name,
      cell: (row) => (
        <Link href={hrefOf(row)} className={`cut ${styles["name"]}`} title={idOf(row)}>
          <bdi><span className="quiet">{row.entity} / </span><strong>{row.name}</strong></bdi>
        </Link>
      ),
    },
    { id: "calls", title: "Calls", width: 110, numeric: true, narrow: "brief", hint: "Every traced call, not only roots", sortValue: (row) => known?.get(idOf(row))?.calls, cell: (row) => shown(row, "calls", "calls") },
    { id: "spans", title: "Agent spans", width: 110, numeric: true, narrow: "brief", sortValue: (row) => known?.get(idOf(row))?.spans, cell: (row) => shown(row, "spans", "agent spans") },
    { id: "last", title: "Last activity", width: 120, narrow: "brief", sortValue: (row) => (known ? lastOf(known, row) : undefined), cell: (row) => <Time at={known?.get(idOf(row))?.last_activity} /> },
    { id: "role", title: "Your role", width: 110, narrow: "brief", sortValue: (row) => row.role, cell: (row) => <Badge>{row.role}</Badge> },
  ];
}
