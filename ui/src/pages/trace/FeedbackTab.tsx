/** What scorers and people said of the call, and saying more. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Call, Feedback } from "@/api/calls";
import { createFeedback } from "@/api/feedback";
import { JsonView } from "@/components/JsonView";
import { useProject } from "@/components/useProject";
import { RefLink, Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { TextArea } from "@/design/Field";
import { toast } from "@/design/Toast";
import styles from "./Trace.module.css";

const [NOTE, REACTION, SCORER, ANNOTATION] = ["wandb.note.1", "wandb.reaction.1", "wandb.runnable.", "wandb.annotation."];
const EMOJI: [string, string][] = [["👍", "Thumbs up"], ["👎", "Thumbs down"], ["🎉", "Celebrate"], ["🤔", "Doubt"], ["🐛", "Bug"]];

export function FeedbackTab({ call, feedback }: { call: Call; feedback: readonly Feedback[] }) {
  const project = useProject();
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const say = useMutation({
    mutationFn: ({ type, payload }: { type: string; payload: Record<string, unknown> }) => createFeedback(project.id, `weave:///${project.id}/call/${call.id}`, type, payload),
    onSuccess: (_answer, { type }) => {
      if (type === NOTE) setNote("");
      void client.invalidateQueries({ queryKey: ["call", project.id, call.id] });
      void client.invalidateQueries({ queryKey: ["spans", project.id] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const reactions = feedback.filter((item) => item.feedback_type === REACTION).map((item) => String(item.payload["emoji"]));
  const rest = feedback.filter((item) => item.feedback_type !== REACTION);
  return (
    <div className={styles["grid"]}>
      <div className={styles["reactions"]} role="group" aria-label="Reactions">
        {EMOJI.map(([emoji, name]) => {
          const count = reactions.filter((other) => other === emoji).length;
          return (
            <Button key={emoji} small aria-label={`${name}${count ? `, ${count} so far` : ""}`} busy={say.isPending} onClick={() => say.mutate({ type: REACTION, payload: { emoji } })}>
              {emoji} {count > 0 && count}
            </Button>
          );
        })}
        {[...new Set(reactions)].filter((emoji) => !EMOJI.some(([known]) => known === emoji)).map((emoji) => (
          <Badge key={emoji}>{emoji}</Badge>
        ))}
      </div>
      {rest.map((item) => (
        <Item key={item.id} item={item} />
      ))}
      <form className={styles["note"]} onSubmit={(event) => {
        event.preventDefault();
        say.mutate({ type: NOTE, payload: { note: note.trim() } });
      }}>
        <TextArea label="Add a note" value={note} maxLength={1024} onChange={(event) => setNote(event.target.value)} />
        <Button type="submit" kind="primary" disabled={note.trim() === ""} busy={say.isPending}>
          Add note
        </Button>
      </form>
    </div>
  );
}

function Item({ item }: { item: Feedback }) {
  const type = item.feedback_type;
  const kind = type.startsWith(SCORER) ? "score" : type.startsWith(ANNOTATION) ? "annotation" : type === NOTE ? "note" : "feedback";
  const name = type.replace(SCORER, "").replace(ANNOTATION, "").replace(NOTE, "note");
  const value = kind === "score" ? item.payload["output"] : kind === "annotation" ? item.payload["value"] : kind === "note" ? item.payload["note"] : item.payload;
  return (
    <section className={`panel ${styles["item"]}`}>
      <header>
        <strong>{name}</strong>
        <Badge tone={kind === "score" ? "accent" : kind === "annotation" ? "info" : "neutral"}>{kind}</Badge>
        <span className="quiet small">
          {item.creator} <Time at={item.created_at} />
        </span>
        {item.runnable_ref && (
          <span className="small">
            by <RefLink value={item.runnable_ref} />
          </span>
        )}
        {item.call_ref && (
          <span className="small">
            <RefLink value={item.call_ref} label="its trace" />
          </span>
        )}
      </header>
      <JsonView value={value} />
    </section>
  );
}
