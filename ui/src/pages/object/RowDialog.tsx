/** One row of a dataset, whole: to read, and to edit as JSON. Which row it is stands in the address. */
import { useState } from "react";
import { type Row, useRow } from "@/api/objects";
import { CopyButton } from "@/components/CopyButton";
import { JsonView } from "@/components/JsonView";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { TextArea } from "@/design/Field";
import { type Draft, restored, rowOf, withEdit, withRemoval } from "./draft";
import styles from "./Object.module.css";

interface Props {
  table: string;
  total: number;
  columns: readonly string[];
  draft: Draft;
  onDraft: (draft: Draft) => void;
}

export function RowDialog(props: Props) {
  const url = useUrlState();
  const asked = url.get("row");
  const close = () => url.set({ row: null });
  const fresh = asked.startsWith("new");
  return (
    <Dialog open={asked !== ""} onClose={close} shape="side" title={asked === "new" ? "A new row" : fresh ? "New row, not published" : `Row ${asked}`}>
      {asked === "" ? null : fresh ? <Added key={asked} {...props} at={asked === "new" ? null : Number(asked.slice(3))} onClose={close} /> : <Stored key={asked} {...props} index={Number(asked)} onClose={close} />}
    </Dialog>
  );
}

function Stored({ table, total, draft, onDraft, index, onClose }: Props & { index: number; onClose: () => void }) {
  const project = useProject();
  const url = useUrlState();
  const query = useRow(project.id, table, Number.isInteger(index) && index >= 0 ? index : 0);
  const [editing, setEditing] = useState(false);
  const edited: Row | undefined = draft.edited[index];
  const removed = draft.removed.includes(index);
  const go = (to: number) => url.set({ row: String(to) }, true);
  if (query.isPending) return <Skeleton lines={6} label="Loading the row" />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const row = edited ?? query.data;
  if (row === null) return <EmptyState title="There is no such row" icon="search" />;
  if (editing) {
    return <Editor row={row} action="Keep in the draft" onCancel={() => setEditing(false)} onSave={(changed) => {
      onDraft(withEdit(draft, index, changed));
      setEditing(false);
    }} />;
  }
  return (
    <>
      <div className={styles["tools"]}>
        <Button small icon="left" disabled={index <= 0} onClick={() => go(index - 1)}>Before</Button>
        <Button small icon="right" disabled={index >= total - 1} onClick={() => go(index + 1)}>Next</Button>
        <span className="push" />
        <CopyButton label="Copy the row as JSON" text={() => JSON.stringify(row, null, 2)} />
        {edited || removed ? (
          <Button small onClick={() => onDraft(restored(draft, index))}>Undo the draft</Button>
        ) : (
          <Button small icon="trash" kind="danger" onClick={() => {
            onDraft(withRemoval(draft, index));
            onClose();
          }}>
            Remove
          </Button>
        )}
        <Button small icon="annotation" disabled={removed} onClick={() => setEditing(true)}>Edit</Button>
      </div>
      {(edited || removed) && <p className="quiet">{removed ? "Removed in the draft." : "Edited in the draft, not published."}</p>}
      <JsonView value={row} levels={3} />
    </>
  );
}

function Added({ columns, draft, onDraft, at, onClose }: Props & { at: number | null; onClose: () => void }) {
  const blank = Object.fromEntries(columns.map((name) => [name, ""]));
  const row = at === null ? blank : draft.added[at];
  if (row === undefined) return <EmptyState title="There is no such row" icon="search" />;
  const others = draft.added.filter((_, other) => other !== at);
  return (
    <>
      <Editor row={row} action="Keep in the draft" onCancel={onClose} onSave={(changed) => {
        onDraft({ ...draft, added: at === null ? [...draft.added, changed] : draft.added.map((one, other) => (other === at ? changed : one)) });
        onClose();
      }} />
      {at !== null && <Button kind="danger" icon="trash" onClick={() => {
        onDraft({ ...draft, added: others });
        onClose();
      }}>Take it out of the draft</Button>}
    </>
  );
}

function Editor({ row, action, onSave, onCancel }: { row: Row; action: string; onSave: (row: Row) => void; onCancel: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(row, null, 2));
  const [tried, setTried] = useState(false);
  const read = rowOf(text);
  const save = () => {
    setTried(true);
    if ("row" in read) onSave(read.row);
  };
  return (
    <form className={`stack ${styles["editor"]}`} onSubmit={(event) => {
      event.preventDefault();
      save();
    }}>
      <TextArea label="The row as JSON" value={text} rows={18} spellCheck={false} autoFocus problem={tried && "problem" in read ? read.problem : null}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) save();
        }}
        hint="Ctrl+Enter keeps it. Nothing is published until you say so." />
      <div className="row">
        <span className="push" />
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="primary" type="submit">{action}</Button>
      </div>
    </form>
  );
}
