/** What can be done to several runs at once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteRuns, rescore } from "@/api/evaluations";
import { listObjects } from "@/api/objects";
import { useGo } from "@/components/Link";
import { Loaded } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useProject } from "@/components/useProject";
import { Progress } from "@/components/Values";
import { Button } from "@/design/Button";
import { Confirm, Dialog } from "@/design/Dialog";
import { Checkbox } from "@/design/Field";
import { toast } from "@/design/Toast";
import { counted } from "@/domain/format";
import styles from "./Evaluations.module.css";
import { comparePath, LEAST, MOST } from "./view";

export function BulkActions({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const project = useProject();
  const client = useQueryClient();
  const go = useGo();
  const [open, setOpen] = useState<"rescore" | "delete" | null>(null);
  const fits = ids.length >= LEAST && ids.length <= MOST;
  const compare = () => fits && go(project.href(comparePath(ids)));
  const remove = useMutation({
    mutationFn: () => deleteRuns(project.entity, project.name, ids),
    onSuccess: () => {
      toast(`${counted(ids.length, "run")} deleted, with the traces below.`);
      setOpen(null);
      onDone();
      void client.invalidateQueries();
    },
    onError: (error) => toast(error.message, "bad"),
  });
  useKeys([{ keys: "c", what: "Compare the selected runs", run: compare }]);
  return (
    <div className={styles["bulk"]} role="toolbar" aria-label="Selected runs">
      <strong className="number">{counted(ids.length, "run")} selected</strong>
      <Button icon="compare" kind="primary" disabled={!fits} onClick={compare} title="The one selected first is the baseline">
        Compare
      </Button>
      <Button icon="scoring" onClick={() => setOpen("rescore")}>
        Re-score
      </Button>
      <Button icon="trash" kind="danger" onClick={() => setOpen("delete")}>
        Delete
      </Button>
      {!fits && <span className="small quiet">{ids.length < LEAST ? "Select another one to compare" : `At most ${MOST} can be compared`}</span>}
      <span className="push" />
      <Button kind="bare" onClick={onDone}>
        Clear
      </Button>
      <Dialog open={open === "rescore"} onClose={() => setOpen(null)} title={`Re-score ${counted(ids.length, "run")}`}
        description="The server scores the stored predictions again, without asking the models, and makes a new run of each. The runs selected stay as they are.">
        <RescoreForm ids={ids} onDone={onDone} />
      </Dialog>
      <Confirm open={open === "delete"} onClose={() => setOpen(null)} title={`Delete ${counted(ids.length, "run")}?`} action="Delete" busy={remove.isPending} onConfirm={() => remove.mutate()}
        text="Their predictions, scores and traces go too. This cannot be undone." />
    </div>
  );
}

function RescoreForm({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const project = useProject();
  const client = useQueryClient();
  const scorers = useQuery({ queryKey: ["scorers", project.id], queryFn: () => listObjects(project.id, { base_object_classes: ["Scorer"], latest_only: true, is_op: false }) });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [done, setDone] = useState(0);
  const ask = useMutation({
    mutationFn: async () => {
      const made: string[] = [];
      for (const id of ids) {
        made.push(await rescore(project.id, id, [...chosen]));
        setDone(made.length);
      }
      return made;
    },
    onSuccess: (made) => {
      const first = project.href(made.length === 1 ? `weave/evaluations/${made[0]}` : "weave/scoring");
      toast(`${counted(made.length, "new run")} asked for.`, "good", { label: made.length === 1 ? "Open it" : "See the work", href: first });
      onDone();
      void client.invalidateQueries({ queryKey: ["evaluation-runs", project.id] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const toggle = (ref: string) => {
    const next = new Set(chosen);
    if (!next.delete(ref)) next.add(ref);
    setChosen(next);
  };
  return (
    <Loaded query={scorers}>
      {(found) =>
        found.length === 0 ? (
          <p className="quiet">No scorer is published in this project yet. Publish one with <code>weave.publish(scorer)</code>, then come back.</p>
        ) : (
          <div className="stack">
            <fieldset className={styles["scorers"]}>
              <legend className="small quiet">Scorers</legend>
              {found.map((scorer) => {
                const ref = `weave:///${project.id}/object/${scorer.object_id}:${scorer.digest}`;
                return <Checkbox key={ref} label={`${scorer.object_id} (v${scorer.version_index})`} checked={chosen.has(ref)} onChange={() => toggle(ref)} />;
              })}
            </fieldset>
            {ask.isPending && ids.length > 1 && <Progress done={done} total={ids.length} label="Runs asked for" />}
            <Button kind="primary" disabled={chosen.size === 0} busy={ask.isPending} onClick={() => ask.mutate()}>
              Re-score {counted(ids.length, "run")}
            </Button>
          </div>
        )
      }
    </Loaded>
  );
}
