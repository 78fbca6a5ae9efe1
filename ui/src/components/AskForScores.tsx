/** Asks the server to score calls that are named by their ids. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { askForScores } from "@/api/scoring";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { TextArea } from "@/design/Field";
import { toast } from "@/design/Toast";
import { counted } from "@/domain/format";
import { callIdsOf } from "@/domain/scoring";
import { Link } from "./Link";
import { ScorerPicker } from "./ScorerPicker";
import { useProject } from "./useProject";

interface Props {
  open: boolean;
  onClose: () => void;
  /** Ids that stand there at first. */
  calls?: string;
}

export function AskForScores({ open, onClose, calls = "" }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title="Ask for scores" description="The server scores stored calls in the background; each score gets a state and a reason.">
      <Form calls={calls} onDone={onClose} />
    </Dialog>
  );
}

function Form({ calls, onDone }: { calls: string; onDone: () => void }) {
  const project = useProject();
  const client = useQueryClient();
  const [text, setText] = useState(calls);
  const [chosen, setChosen] = useState<string[]>([]);
  const ids = callIdsOf(text);
  const ask = useMutation({
    mutationFn: () => askForScores(project.id, ids, chosen),
    onSuccess: () => {
      toast(`${counted(ids.length * chosen.length, "score")} asked for.`);
      void client.invalidateQueries();
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ids.length > 0 && chosen.length > 0) ask.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextArea label="Calls" value={text} rows={4} placeholder="Ids or addresses of calls, one a line" onChange={(event) => setText(event.target.value)}
        hint={<>To choose calls by filter, select them under <Link href={project.href("weave/traces?all=1")}>Traces</Link> and press Score there.</>} />
      <ScorerPicker chosen={chosen} onChange={setChosen} problem={ask.error?.message ?? null} />
      <div className="row">
        <Button type="submit" kind="primary" busy={ask.isPending} disabled={ids.length === 0 || chosen.length === 0}>
          Ask for scores
        </Button>
        <span className="quiet small">{ids.length > 0 && chosen.length > 0 ? `${counted(ids.length, "call")} × ${counted(chosen.length, "scorer")}` : "Name calls and choose scorers."}</span>
      </div>
    </form>
  );
}
