/** What is drafted about the rows of a dataset, and publishing or discarding it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ObjectVersion, publishRows } from "@/api/objects";
import { useGo } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { toast } from "@/design/Toast";
import { counted } from "@/domain/format";
import { type Draft, EMPTY, sizeOf, updatesOf } from "./draft";
import styles from "./Object.module.css";

interface Props {
  object: ObjectVersion;
  table: string;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

export function DraftBar({ object, table, draft, onChange }: Props) {
  const project = useProject();
  const go = useGo();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const publish = useMutation({
    mutationFn: () => publishRows(project.id, object, table, updatesOf(draft)),
    onSuccess: (digest) => {
      onChange(EMPTY);
      toast(`Published as a new version of ${object.object_id}.`);
      void client.invalidateQueries();
      go(project.href(`weave/objects/${object.object_id}/versions/${digest}`));
    },
    onError: (error) => toast(error.message, "bad"),
  });
  if (sizeOf(draft) === 0) return null;
  const parts = [
    [Object.keys(draft.edited).length, "edited"],
    [draft.removed.length, "removed"],
    [draft.added.length, "new"],
  ] as const;
  return (
    <div className={styles["draft"]} role="region" aria-label="Draft">
      <strong>{counted(sizeOf(draft), "change")} not published</strong>
      <span className="quiet">{parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(", ")}</span>
      <span className="push" />
      <Button onClick={() => setAsked(true)}>Discard</Button>
      <Button kind="primary" busy={publish.isPending} onClick={() => publish.mutate()}>
        Publish as a new version
      </Button>
      {object.is_latest !== 1 && <p className="small">This is v{object.version_index}, which is not the latest: the new version will follow from it, and become the latest.</p>}
      <Confirm open={asked} onClose={() => setAsked(false)} title="Discard the changes?" text="The draft is only in this browser; it cannot be brought back." action="Discard"
        onConfirm={() => {
          onChange(EMPTY);
          setAsked(false);
        }} />
    </div>
  );
}
