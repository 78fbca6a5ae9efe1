/** API keys: who has which, until when; making one, which is shown once; revoking one. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Key, revokeKey, useKeysOfServer } from "@/api/settings";
import { Code } from "@/components/Code";
import { type Column, DataTable } from "@/components/DataTable";
import { Section } from "@/components/Page";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { Segments } from "@/design/Tabs";
import { toast } from "@/design/Toast";
import { reaches, scopeLabel } from "./grants";
import type { Viewer } from "./index";
import { NewKeyDialog } from "./NewKeyDialog";
import { Refused } from "./Refused";
import styles from "./Settings.module.css";

export function Keys({ viewer }: { viewer: Viewer }) {
  const url = useUrlState();
  const project = useProject();
  const keys = useKeysOfServer(viewer.administrator);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const everywhere = url.get("of") === "all";
  const rows = useMemo(() => (keys.data ?? []).filter((key) => everywhere || key.grants.some((grant) => reaches(grant.scope, project.id))), [keys.data, everywhere, project.id]);
  const columns = useMemo(() => columnsOf(setRevoking), []);
  if (!viewer.administrator) return <NotYours viewer={viewer} />;
  return (
    <Section title="API keys" actions={<Button kind="primary" icon="plus" onClick={() => url.set({ new: "1" })}>New key</Button>}>
      {!viewer.keyed && (
        <Refused>
          <p>This server asks for no keys (<code>WEFT_AUTH</code> is off, or it listens on this machine only). What is made here counts once it is started with <code>WEFT_AUTH=keys</code>.</p>
        </Refused>
      )}
      <div className={styles["tools"]}>
        <Segments label="Which keys" value={everywhere ? "all" : "project"} onChange={(value) => url.set({ of: value === "all" ? value : null })}
          choices={[{ value: "project", label: "That reach this project" }, { value: "all", label: "All of the server" }]} />
      </div>
      <DataTable label="Keys" rows={rows} columns={columns} rowKey={(row) => row.id} loading={keys.isPending} error={keys.error} onRetry={() => void keys.refetch()}
        empty={<p className="quiet">{everywhere ? "There are no keys." : "No key reaches this project."} Make one for each program and person, so that each can be revoked by itself.</p>} />
      <p className="quiet small">Of a key the server keeps a fingerprint and its first four characters. A lost key cannot be shown again: make another and revoke it.</p>
      <NewKeyDialog open={url.get("new") === "1"} onClose={() => url.set({ new: null }, true)} viewer={viewer} />
      <Revoke target={revoking} onClose={() => setRevoking(null)} />
    </Section>
  );
}

function NotYours({ viewer }: { viewer: Viewer }) {
  return (
    <Section title="API keys">
      <Refused>
        <p>
          Keys are managed by administrators of the whole server: the role admin with the scope <code>*</code>. You are <bdi>{viewer.username || "nobody"}</bdi>
          {viewer.role ? <>, {viewer.role} of this project</> : ", without a role in this project"}.
        </p>
        <p className="quiet">Ask one of them for a key, or make one on the machine of the server:</p>
        <Code text={`weft keys create --user ${viewer.username || "ann"} --role member --project ${viewer.project}`} language="shell" />
      </Refused>
    </Section>
  );
}

function Revoke({ target, onClose }: { target: Key | null; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => revokeKey(id),
    onSuccess: async () => {
      onClose();
      toast("The key is revoked.");
      await client.invalidateQueries({ queryKey: ["keys"] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  return (
    <Confirm
      open={target !== null}
      onClose={onClose}
      title="Revoke this key?"
      text={target ? `${target.hint}… of ${target.username}${target.name ? ` (${target.name})` : ""} is refused from now on: programs that use it stop sending. This cannot be taken back. What it stored stays.` : ""}
      action="Revoke"
      busy={revoke.isPending}
      onConfirm={() => target && revoke.mutate(target.id)}
    />
  );
}

function columnsOf(onRevoke: (key: Key) => void): Column<Key>[] {
  return [
    { id: "user", title: "User", width: 130, grow: true, narrow: "title", sortValue: (row) => row.username, cell: (row) => <bdi>{row.username}</bdi> },
    { id: "name", title: "What for", width: 150, grow: true, sortValue: (row) => row.name, cell: (row) => (row.name ? <bdi title={row.name}>{row.name}</bdi> : <span className="quiet">–</span>) },
    { id: "hint", title: "Key", width: 76, narrow: "brief", cell: (row) => <code>{row.hint}…</code> },
    {
      id: "may", title: "May", width: 210, narrow: "brief",
      cell: (row) => row.grants.map((grant) => (
        <span key={grant.scope} title={grant.scope}><Badge tone={grant.role === "admin" ? "accent" : "neutral"}>{grant.role}</Badge> <span className="quiet">in</span> {scopeLabel(grant.scope)} </span>
      )),
    },
    { id: "made", title: "Made", width: 84, narrow: "hide", sortValue: (row) => row.created_at, cell: (row) => <Time at={row.created_at} /> },
    { id: "ends", title: "Ends", width: 96, narrow: "brief", sortValue: (row) => row.expires_at, cell: (row) => <Ends at={row.expires_at} /> },
    { id: "do", title: "", width: 84, narrow: "brief", cell: (row) => <Button small kind="bare" aria-label={`Revoke the key ${row.hint}… of ${row.username}`} onClick={() => onRevoke(row)}>Revoke</Button> },
  ];
}

function Ends({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="quiet">never</span>;
  if (Date.parse(at) <= Date.now()) return <Badge tone="bad">ended</Badge>;
  return <Time at={at} />;
}
