/** Secrets of the project: their names and the hosts each may be sent to. Values go in and never come out. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import { atLeast } from "@/api/projects";
import { putSecret, removeSecret, type Secret, useSecrets } from "@/api/settings";
import { type Column, DataTable } from "@/components/DataTable";
import { Section } from "@/components/Page";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Confirm, Dialog } from "@/design/Dialog";
import { TextField } from "@/design/Field";
import { toast } from "@/design/Toast";
import type { Viewer } from "./index";
import { Refused } from "./Refused";
import styles from "./Settings.module.css";

// Keys of providers that Weft knows: they are for that provider's host and need none to be named.
const KNOWN = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "MISTRAL_API_KEY", "GROQ_API_KEY", "DEEPSEEK_API_KEY", "FIREWORKS_API_KEY", "XAI_API_KEY"];

export function Secrets({ viewer }: { viewer: Viewer }) {
  const url = useUrlState();
  const sees = atLeast(viewer.role, "member");
  const may = atLeast(viewer.role, "admin");
  const secrets = useSecrets(viewer.project, sees);
  const [removing, setRemoving] = useState<string | null>(null);
  const { set } = url;
  const columns = useMemo(() => columnsOf(may ? { remove: setRemoving, replace: (name) => set({ new: "1", name }) } : null), [may, set]);
  return (
    <Section title="Secrets" actions={may && <Button kind="primary" icon="plus" onClick={() => set({ new: "1", name: null })}>Set a secret</Button>}>
      <p className="quiet">Keys of model providers and of scorers elsewhere. They are encrypted where they are stored, are sent to the hosts they are bound to and to no others, and nobody reads them again.</p>
      {!sees ? (
        <Refused>
          <p>Members of the project see which secrets there are, administrators set them; your role here is {viewer.role ?? "none"}.</p>
        </Refused>
      ) : (
        <>
          {!may && (
            <Refused>
              <p>You see which there are. Administrators of the project set and delete them; your role here is {viewer.role}.</p>
            </Refused>
          )}
          <DataTable label="Secrets" rows={secrets.data ?? []} columns={columns} rowKey={(row) => row.name} loading={secrets.isPending} error={secrets.error} onRetry={() => void secrets.refetch()}
            empty={<p className="quiet">None. LLM judges and completions need the key of their provider, such as <code>OPENAI_API_KEY</code>.</p>} />
        </>
      )}
      <Dialog open={may && url.get("new") === "1"} onClose={() => set({ new: null, name: null }, true)} title="Set a secret" description="One of the same name is replaced.">
        <NewSecret key={url.get("name")} name={url.get("name")} project={viewer.project} onClose={() => set({ new: null, name: null }, true)} />
      </Dialog>
      <Remove project={viewer.project} name={removing} onClose={() => setRemoving(null)} />
    </Section>
  );
}

function Remove({ project, name, onClose }: { project: string; name: string | null; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (one: string) => removeSecret(project, one),
    onSuccess: async () => {
      onClose();
      toast("The secret is deleted.");
      await client.invalidateQueries({ queryKey: ["secrets", project] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  return (
    <Confirm open={name !== null} onClose={onClose} title={`Delete ${name ?? ""}?`} text="Scorers and completions that need it fail from now on, and say so. It cannot be brought back." action="Delete" busy={remove.isPending}
      onConfirm={() => name && remove.mutate(name)} />
  );
}

function NewSecret({ name: given, project, onClose }: { name: string; project: string; onClose: () => void }) {
  const client = useQueryClient();
  const list = useId();
  const [name, setName] = useState(given);
  const [value, setValue] = useState("");
  const [hosts, setHosts] = useState("");
  const bound = hosts.split(/[\s,]+/).filter(Boolean);
  const known = KNOWN.includes(name.trim());
  const put = useMutation({
    mutationFn: () => putSecret(project, name.trim(), value, bound),
    onSuccess: async () => {
      onClose();
      toast(`${name.trim()} is set.`);
      await client.invalidateQueries({ queryKey: ["secrets", project] });
    },
  });
  return (
    <form
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate();
      }}
    >
      <TextField label="Name" list={list} value={name} spellCheck={false} autoComplete="off" autoFocus={given === ""} onChange={(event) => setName(event.target.value)} hint="Letters, digits, _ - and ." />
      <datalist id={list}>{KNOWN.map((one) => <option key={one} value={one} />)}</datalist>
      <TextField label="Value" type="password" autoComplete="new-password" value={value} autoFocus={given !== ""} onChange={(event) => setValue(event.target.value)} problem={put.isError ? put.error.message : null} />
      <TextField label="Hosts it may be sent to" value={hosts} spellCheck={false} placeholder={known ? "the provider's own" : "scorer.example.com"} onChange={(event) => setHosts(event.target.value)}
        hint={known ? "May stay empty: it is then for its provider only." : "Names, with a port where there is one; several with commas. It is sent nowhere else."} />
      <div className={styles["foot"]}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={put.isPending} disabled={name.trim() === "" || value === "" || (!known && bound.length === 0)}>Set</Button>
      </div>
    </form>
  );
}

interface Actions {
  remove: (name: string) => void;
  replace: (name: string) => void;
}

function columnsOf(actions: Actions | null): Column<Secret>[] {
  return [
    { id: "name", title: "Name", width: 220, grow: true, narrow: "title", sortValue: (row) => row.name, cell: (row) => <code>{row.name}</code> },
    { id: "hosts", title: "May be sent to", width: 220, grow: true, cell: (row) => (row.hosts.length > 0 ? <code title={row.hosts.join(", ")}>{row.hosts.join(", ")}</code> : <span className="quiet">nobody: a setting</span>) },
    { id: "set", title: "Set", width: 100, narrow: "brief", sortValue: (row) => row.updated_at, cell: (row) => <Time at={row.updated_at} /> },
    ...(actions
      ? [
          {
            id: "do", title: "", width: 170, narrow: "brief" as const,
            cell: (row: Secret) => (
              <>
                <Button small kind="bare" aria-label={`Replace ${row.name}`} onClick={() => actions.replace(row.name)}>Replace</Button>
                <Button small kind="bare" aria-label={`Delete ${row.name}`} onClick={() => actions.remove(row.name)}>Delete</Button>
              </>
            ),
          },
        ]
      : []),
  ];
}
