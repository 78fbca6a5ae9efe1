/** Making a key: for whom, what it may do, where, until when; then the key itself, this once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createKey, type Role } from "@/api/settings";
import { CopyButton } from "@/components/CopyButton";
import { Code } from "@/components/Code";
import { environmentOf } from "@/components/FirstSteps";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Select, TextField } from "@/design/Field";
import type { Viewer } from "./index";
import styles from "./Settings.module.css";

const ROLES: readonly { value: Role; label: string }[] = [
  { value: "viewer", label: "viewer: sees everything of a project" },
  { value: "annotator", label: "annotator: and gives feedback" },
  { value: "member", label: "member: and sends traces, runs evaluations" },
  { value: "admin", label: "admin: and changes settings" },
];
const ENDS: readonly { value: string; label: string }[] = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];
const DAY_MS = 86_400_000;

export function NewKeyDialog({ open, onClose, viewer }: { open: boolean; onClose: () => void; viewer: Viewer }) {
  return (
    <Dialog open={open} onClose={onClose} title="New key" description="One for each program or person, so that each can be revoked by itself.">
      <NewKey viewer={viewer} onClose={onClose} />
    </Dialog>
  );
}

function NewKey({ viewer, onClose }: { viewer: Viewer; onClose: () => void }) {
  const client = useQueryClient();
  const entity = viewer.project.split("/")[0]!;
  const scopes = [
    { value: viewer.project, label: `This project: ${viewer.project}` },
    { value: `${entity}/*`, label: `All projects of ${entity}` },
    { value: "*", label: "All projects of the server" },
  ];
  const [username, setUsername] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [scope, setScope] = useState(viewer.project);
  const [days, setDays] = useState("90");
  const make = useMutation({
    mutationFn: () => createKey({ username: username.trim(), role, scope, name: name.trim(), expires_at: days === "" ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString() }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["keys"] }),
  });
  if (make.data) return <Made apiKey={make.data} onClose={onClose} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form className={styles["form"]} onSubmit={submit}>
      <TextField label="User" value={username} maxLength={128} autoFocus autoComplete="off" onChange={(event) => setUsername(event.target.value)} hint="Whose key it is; a new name makes a new user." problem={username.includes("/") ? "A name has no slash." : make.isError ? make.error.message : null} />
      <TextField label="What for" value={name} maxLength={200} autoComplete="off" placeholder="nightly evaluation" onChange={(event) => setName(event.target.value)} />
      <Select label="Role" value={role} choices={ROLES} onChange={(value) => setRole(value as Role)} />
      <Select label="Where" value={scope} choices={scopes} onChange={setScope} />
      {role === "admin" && scope === "*" && <p className={styles["explained"]}>Such a key administers the whole server: it makes and revokes keys.</p>}
      <Select label="Ends" value={days} choices={ENDS} onChange={setDays} />
      <div className={styles["foot"]}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={make.isPending} disabled={username.trim() === "" || username.includes("/")}>Make the key</Button>
      </div>
    </form>
  );
}

function Made({ apiKey, onClose }: { apiKey: string; onClose: () => void }) {
  return (
    <div className={styles["form"]}>
      <p><strong>Copy it now: it is not shown again.</strong></p>
      <p className={styles["key"]}>
        <code data-testid="key">{apiKey}</code>
        <CopyButton label="Copy the key" text={() => apiKey} />
      </p>
      <p className="quiet">For a program:</p>
      <Code text={environmentOf("python", apiKey, location.origin)} language="shell" />
      <div className={styles["foot"]}>
        <Button kind="primary" onClick={onClose}>I have it</Button>
      </div>
    </div>
  );
}
