/** Saved views: one is in force when the address names it, and what is looked at can be kept as one. */
import { type FormEvent, useState } from "react";
import type { Wanted } from "@/api/previews";
import { type SavedView, useDeleteView, useSavedViews, useSaveView } from "@/api/savedViews";
import { Link } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button, IconButton } from "@/design/Button";
import { TextField } from "@/design/Field";
import { Popover } from "@/design/Menu";
import { toast } from "@/design/Toast";
import styles from "./Traces.module.css";
import { definitionOf } from "./view";

/** The view that the address names: undefined while it is looked for, null when there is none of that name. */
export function useSavedView(): { named: string; view: SavedView | null | undefined; error: Error | null } {
  const named = useUrlState().get("view");
  const views = useSavedViews(useProject().id, named !== "");
  if (named === "") return { named, view: null, error: null };
  return { named, view: views.data && (views.data.find((view) => view.name === named) ?? null), error: views.error };
}

export function Views({ wanted }: { wanted: Wanted }) {
  const [open, setOpen] = useState(false);
  const { named, view } = useSavedView();
  const url = useUrlState();
  return (
    <span className={styles["views"]}>
      <Popover label="Saved views" open={open} onOpenChange={setOpen} trigger={<Button icon="star">{named === "" ? "Views" : (view?.label ?? named)}</Button>}>
        <ViewList wanted={wanted} onDone={() => setOpen(false)} />
      </Popover>
      {named !== "" && <IconButton label={`Leave the view ${view?.label ?? named}`} icon="close" onClick={() => url.set({ view: null })} />}
    </span>
  );
}

function ViewList({ wanted, onDone }: { wanted: Wanted; onDone: () => void }) {
  const project = useProject();
  const views = useSavedViews(project.id, true);
  const save = useSaveView(project.id);
  const remove = useDeleteView(project.id);
  const { named } = useSavedView();
  const [label, setLabel] = useState("");
  const url = useUrlState();
  const name = nameOf(label);
  const known = views.data?.find((view) => view.name === name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name === "") return;
    save.mutate(
      { name, label: label.trim(), definition: definitionOf(wanted) },
      {
        onSuccess: () => {
          toast(`The view “${label.trim()}” is saved`, "good");
          url.set({ view: name, f: null, q: null, sort: null, col: null, all: null });
          onDone();
        },
        onError: (error) => toast(`Not saved: ${error.message}`, "bad"),
      },
    );
  };
  const forget = (view: SavedView) =>
    remove.mutate(view.name, {
      onSuccess: () => {
        toast(`The view “${view.label}” is deleted`, "good");
        if (view.name === named) url.set({ view: null });
      },
      onError: (error) => toast(`Not deleted: ${error.message}`, "bad"),
    });
  return (
    <div className={styles["columns"]}>
      {views.error && <p>The views cannot be read: {views.error.message}</p>}
      {views.data?.length === 0 && <p className="quiet">None yet. Filters, search, order and columns can be kept under a name, for everybody in this project.</p>}
      {views.data && views.data.length > 0 && (
        <ul className={styles["list"]}>
          {views.data.map((view) => (
            <li key={view.name} className="row">
              <Link href={project.href(`weave/traces?view=${encodeURIComponent(view.name)}`)} onClick={onDone} aria-current={view.name === named ? "true" : undefined}>
                {view.label}
              </Link>
              <span className="push" />
              <IconButton label={`Delete the view ${view.label}`} icon="trash" disabled={remove.isPending} onClick={() => forget(view)} />
            </li>
          ))}
        </ul>
      )}
      <form className={styles["columns"]} onSubmit={submit}>
        <TextField label="Name for what is shown now" value={label} maxLength={120} onChange={(event) => setLabel(event.target.value)} />
        <Button kind="primary" type="submit" busy={save.isPending} disabled={name === ""}>
          {known ? "Replace the view" : "Save as a view"}
        </Button>
      </form>
    </div>
  );
}

/** Names of objects have letters, digits, dots, dashes and underscores. */
const nameOf = (label: string) => label.trim().replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 120);
