/** Who may do what in the project, and what each role may do. Rights belong to keys: members are the users of keys. */
import { useMemo } from "react";
import { atLeast, type RoleName, ROLES } from "@/api/projects";
import { type Key, useKeysOfServer } from "@/api/settings";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { useProject } from "@/components/useProject";
import { Badge } from "@/design/Badge";
import { Icon } from "@/design/Icon";
import { counted } from "@/domain/format";
import type { Viewer } from "./index";
import { reaches } from "./grants";
import { Refused } from "./Refused";
import styles from "./Settings.module.css";

const MAY: readonly { what: string; role: RoleName }[] = [
  { what: "See traces, evaluations, objects, prices, usage", role: "viewer" },
  { what: "Give feedback, work through annotation queues", role: "annotator" },
  { what: "Send traces, publish objects, run evaluations, ask for scores, set prices", role: "member" },
  { what: "See the names of secrets", role: "member" },
  { what: "Set retention, sampling and privacy; set secrets", role: "admin" },
];

interface Member {
  username: string;
  role: RoleName;
  scopes: string[];
  keys: number;
}

export function Members({ viewer }: { viewer: Viewer }) {
  const project = useProject();
  const keys = useKeysOfServer(viewer.administrator);
  const members = useMemo(() => membersOf(keys.data ?? [], viewer.project), [keys.data, viewer.project]);
  const columns = useMemo(() => COLUMNS, []);
  return (
    <>
      <Section title="Members" actions={viewer.administrator && <Link href={project.href("weave/settings/keys?new=1")}>Give somebody a key</Link>}>
        {!viewer.keyed && (
          <Refused>
            <p>This server asks for no keys: everybody who reaches it is the user <code>local</code> with all rights. The roles below count once it is started with <code>WEFT_AUTH=keys</code>.</p>
          </Refused>
        )}
        {viewer.administrator ? (
          <DataTable label="Members" rows={members} columns={columns} rowKey={(row) => row.username} loading={keys.isPending} error={keys.error} onRetry={() => void keys.refetch()}
            empty={<p className="quiet">No key reaches this project yet. <Link href={project.href("weave/settings/keys?new=1")}>Make one</Link></p>} />
        ) : (
          <Refused>
            <p>Who else has a role here, only administrators of the server see. You are <bdi>{viewer.username || "nobody"}</bdi> and your key makes you <strong>{viewer.role ?? "a stranger"}</strong> of this project.</p>
            <p className="quiet">For another role, ask an administrator for a key that has it: rights belong to keys.</p>
          </Refused>
        )}
      </Section>
      <Section title="What a role may do">
        <div className={`panel ${styles["scroll"]}`} role="region" aria-label="What a role may do" tabIndex={0}>
          <table className={styles["matrix"]}>
            <thead>
              <tr>
                <th scope="col">In a project</th>
                {ROLES.map((role) => <th key={role} scope="col" data-mine={role === viewer.role || undefined}>{role}</th>)}
              </tr>
            </thead>
            <tbody>
              {MAY.map(({ what, role: needed }) => (
                <tr key={what}>
                  <td>{what}</td>
                  {ROLES.map((role) => (
                    <td key={role} data-mine={role === viewer.role || undefined}>
                      {atLeast(role, needed) ? <span className={styles["yes"]}><Icon name="check" size={14} /><span className="hidden">may</span></span> : <span className="quiet"><span aria-hidden="true">–</span><span className="hidden">may not</span></span>}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="quiet small">Keys are made and revoked by administrators of everything: the role admin with the scope <code>*</code>.</p>
      </Section>
    </>
  );
}

/** The highest role that a user's keys give in a project, and where it comes from. */
function membersOf(keys: readonly Key[], project: string): Member[] {
  const found = new Map<string, Member>();
  for (const key of keys) {
    if (key.expires_at && Date.parse(key.expires_at) <= Date.now()) continue;
    const grants = key.grants.filter((grant) => reaches(grant.scope, project));
    if (grants.length === 0) continue;
    const member = found.get(key.username) ?? { username: key.username, role: grants[0]!.role, scopes: [], keys: 0 };
    member.keys += 1;
    for (const grant of grants) {
      if (!atLeast(member.role, grant.role)) member.role = grant.role;
      if (!member.scopes.includes(grant.scope)) member.scopes.push(grant.scope);
    }
    found.set(key.username, member);
  }
  return [...found.values()].sort((a, b) => a.username.localeCompare(b.username));
}

const COLUMNS: readonly Column<Member>[] = [
  { id: "user", title: "User", width: 200, grow: true, narrow: "title", sortValue: (row) => row.username, cell: (row) => <bdi>{row.username}</bdi> },
  { id: "role", title: "Highest role", width: 120, narrow: "brief", sortValue: (row) => ROLES.indexOf(row.role), cell: (row) => <Badge tone={row.role === "admin" ? "accent" : "neutral"}>{row.role}</Badge> },
  { id: "scope", title: "Through the scope", width: 220, narrow: "brief", cell: (row) => <code>{row.scopes.join(", ")}</code> },
  { id: "keys", title: "Keys", width: 90, narrow: "brief", sortValue: (row) => row.keys, cell: (row) => counted(row.keys, "key") },
];
