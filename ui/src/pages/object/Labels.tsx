/** Tags and aliases of a version: shown, added, taken away. An alias names one version of an object at a time. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { addLabel, type Label, type ObjectVersion, removeLabel } from "@/api/objects";
import { useProject } from "@/components/useProject";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Select, TextField } from "@/design/Field";
import { Icon } from "@/design/Icon";
import { Popover } from "@/design/Menu";
import { toast } from "@/design/Toast";
import styles from "./Object.module.css";

export function Labels({ object }: { object: ObjectVersion }) {
  const project = useProject();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const change = useMutation({
    mutationFn: ({ label, name, on }: { label: Label; name: string; on: boolean }) => (on ? addLabel : removeLabel)(project.id, object, label, name),
    onSuccess: () => {
      setOpen(false);
      for (const key of ["object", "versions", "object-list"]) void client.invalidateQueries({ queryKey: [key] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const shown = [
    ...(object.aliases ?? []).filter((name) => name !== "latest").map((name) => ({ label: "alias" as const, name })),
    ...(object.tags ?? []).map((name) => ({ label: "tag" as const, name })),
  ];
  return (
    <span className={styles["labels"]} role="group" aria-label="Tags and aliases">
      {object.is_latest === 1 && <Badge tone="good" title="What “latest” names">latest</Badge>}
      {shown.map(({ label, name }) => (
        <span key={`${label} ${name}`} className={`${styles["label"]} ${label === "alias" ? styles["alias"] : ""}`} title={label === "alias" ? `Alias: ${object.object_id}:${name} is this version` : "Tag"}>
          <bdi className="cut">{name}</bdi>
          <button type="button" aria-label={`Remove the ${label} ${name}`} disabled={change.isPending} onClick={() => change.mutate({ label, name, on: false })}>
            <Icon name="close" size={11} />
          </button>
        </span>
      ))}
      <Popover label="Add a tag or an alias" open={open} onOpenChange={setOpen} trigger={<Button small kind="bare" icon="plus">Tag or alias</Button>}>
        <LabelForm busy={change.isPending} object={object} onAdd={(label, name) => change.mutate({ label, name, on: true })} />
      </Popover>
    </span>
  );
}

function LabelForm({ object, busy, onAdd }: { object: ObjectVersion; busy: boolean; onAdd: (label: Label, name: string) => void }) {
  const [label, setLabel] = useState<Label>("tag");
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") onAdd(label, name.trim());
  };
  return (
    <form className={styles["form"]} onSubmit={submit}>
      <Select label="What" value={label} onChange={(value) => setLabel(value as Label)} choices={[{ value: "tag", label: "Tag" }, { value: "alias", label: "Alias" }]} />
      <TextField label="Name" value={name} autoFocus placeholder={label === "tag" ? "reviewed" : "production"} onChange={(event) => setName(event.target.value)}
        hint={label === "tag" ? "A word about this version; others may have it too." : `Then ${object.object_id}:${name.trim() || "production"} is this version, and no other.`} />
      <Button type="submit" kind="primary" busy={busy} disabled={name.trim() === ""}>
        Add
      </Button>
    </form>
  );
}
