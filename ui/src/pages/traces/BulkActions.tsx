/** What can be done with the selected calls at once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteCalls, exportLines } from "@/api/calls";
import { listObjects } from "@/api/objects";
import { addToQueue, listQueues } from "@/api/queues";
import { askForScores } from "@/api/scoring";
import { useProject } from "@/components/useProject";
import { Loaded } from "@/components/States";
import { Button } from "@/design/Button";
import { Confirm, Dialog } from "@/design/Dialog";
import { Select } from "@/design/Field";
import { toast } from "@/design/Toast";
import { counted } from "@/domain/format";
import styles from "./Traces.module.css";

type Open = "score" | "queue" | "delete" | null;

export function BulkActions({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const project = useProject();
  const client = useQueryClient();
  const [open, setOpen] = useState<Open>(null);
  const wrong = (error: Error) => toast(error.message, "bad");
  const done = (text: string, action?: { label: string; href: string }) => {
    toast(text, "good", action);
    setOpen(null);
    onDone();
  };
  const remove = useMutation({
    mutationFn: () => deleteCalls(project.id, ids),
    onSuccess: (count) => {
      done(`${counted(count, "call")} deleted, with what was below.`);
      void client.invalidateQueries();
    },
    onError: wrong,
  });
  const save = useMutation({ mutationFn: () => exportLines(project.id, ids, `${project.name}-calls.jsonl`), onSuccess: () => toast(`${counted(ids.length, "call")} saved.`), onError: wrong });
  return (
    <div className={styles["bulk"]} role="toolbar" aria-label="Selected calls">
      <strong className="number">{counted(ids.length, "call")} selected</strong>
      <Button icon="scoring" onClick={() => setOpen("score")}>
        Score
      </Button>
      <Button icon="queue" onClick={() => setOpen("queue")}>
        Add to queue
      </Button>
      <Button icon="download" busy={save.isPending} onClick={() => save.mutate()}>
        Export JSONL
      </Button>
      <Button icon="trash" kind="danger" onClick={() => setOpen("delete")}>
        Delete
      </Button>
      <span className="push" />
      <Button kind="bare" onClick={onDone}>
        Clear
      </Button>
      <Dialog open={open === "score"} onClose={() => setOpen(null)} title={`Score ${counted(ids.length, "call")}`} description="The server scores them in the background; each gets a state and a reason under Scoring.">
        <ScoreForm ids={ids} onDone={() => done(`Scores of ${counted(ids.length, "call")} were asked for.`, { label: "See them", href: project.href("weave/scoring") })} onError={wrong} />
      </Dialog>
      <Dialog open={open === "queue"} onClose={() => setOpen(null)} title={`Add ${counted(ids.length, "call")} to a queue`} description="People then look at them one at a time.">
        <QueueForm ids={ids} onDone={() => done(`${counted(ids.length, "call")} added.`)} onError={wrong} />
      </Dialog>
      <Confirm open={open === "delete"} onClose={() => setOpen(null)} title={`Delete ${counted(ids.length, "call")}?`} action="Delete" busy={remove.isPending} onConfirm={() => remove.mutate()}
        text="All calls below them in their traces go too. This cannot be undone." />
    </div>
  );
}

interface FormProps {
  ids: string[];
  onDone: () => void;
  onError: (error: Error) => void;
}

function ScoreForm({ ids, onDone, onError }: FormProps) {
  const project = useProject();
  const scorers = useQuery({ queryKey: ["scorers", project.id], queryFn: () => listObjects(project.id, { base_object_classes: ["Scorer"], latest_only: true, is_op: false }) });
  const [chosen, setChosen] = useState("");
  const ask = useMutation({ mutationFn: (ref: string) => askForScores(project.id, ids, [ref]), onSuccess: onDone, onError });
  return (
    <Loaded query={scorers}>
      {(found) => {
        const refs = found.map((scorer) => ({ value: `weave:///${project.id}/object/${scorer.object_id}:${scorer.digest}`, label: `${scorer.object_id} (v${scorer.version_index})` }));
        const ref = chosen || (refs[0]?.value ?? "");
        if (refs.length === 0) return <p className="quiet">No scorer is published in this project yet. Publish one, for example an LLM judge, then come back.</p>;
        return (
          <div className="stack">
            <Select label="Scorer" value={ref} choices={refs} onChange={setChosen} />
            <Button kind="primary" busy={ask.isPending} onClick={() => ask.mutate(ref)}>
              Ask for scores
            </Button>
          </div>
        );
      }}
    </Loaded>
  );
}

function QueueForm({ ids, onDone, onError }: FormProps) {
  const project = useProject();
  const queues = useQuery({ queryKey: ["queues", project.id], queryFn: () => listQueues(project.id) });
  const [chosen, setChosen] = useState("");
  const add = useMutation({ mutationFn: (id: string) => addToQueue(project.id, id, ids), onSuccess: onDone, onError });
  return (
    <Loaded query={queues}>
      {(found) => {
        const id = chosen || (found[0]?.id ?? "");
        if (found.length === 0) return <p className="quiet">There is no annotation queue in this project yet. Make one under Annotation, then come back.</p>;
        return (
          <div className="stack">
            <Select label="Queue" value={id} choices={found.map((queue) => ({ value: queue.id, label: queue.name }))} onChange={setChosen} />
            <Button kind="primary" busy={add.isPending} onClick={() => add.mutate(id)}>
              Add
            </Button>
          </div>
        );
      }}
    </Loaded>
  );
}
