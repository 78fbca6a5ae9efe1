/** One turn: what was said, what was answered or why not, and what people and scorers said of it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Call, type Feedback, useCall } from "@/api/calls";
import { createFeedback } from "@/api/feedback";
import type { Preview } from "@/api/previews";
import { Chat } from "@/components/Chat";
import { JsonView } from "@/components/JsonView";
import { Link } from "@/components/Link";
import { Scores } from "@/components/Scores";
import { ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, StatusBadge, Time, Tokens } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Icon } from "@/design/Icon";
import { toast } from "@/design/Toast";
import { failureOf } from "@/domain/exceptions";
import { brief, counted } from "@/domain/format";
import { turnOf } from "@/domain/turns";
import styles from "./Thread.module.css";

const [NOTE, REACTION, SCORER, ANNOTATION] = ["wandb.note.1", "wandb.reaction.1", "wandb.runnable.", "wandb.annotation."];
const THUMBS: [string, string][] = [["👍", "Thumbs up"], ["👎", "Thumbs down"]];

export function TurnCard({ turn, number, seen }: { turn: Preview; number: number | undefined; seen: boolean }) {
  const project = useProject();
  const url = useUrlState();
  const title = number === undefined ? "Turn" : `Turn ${number}`;
  return (
    <article aria-label={title}>
      <header className={styles["head"]}>
        <Link href={url.href({ turn: turn.id })} className={styles["number"]} title="A link to this turn">
          {title}
        </Link>
        <StatusBadge value={turn.status} />
        <Time at={turn.started_at} />
        <Latency ms={turn.latency_ms} />
        {(turn.total_tokens ?? 0) > 0 && <span><Tokens input={turn.input_tokens ?? 0} output={turn.output_tokens ?? 0} total={turn.total_tokens ?? undefined} /> tokens</span>}
        {turn.cost !== undefined && turn.cost !== null && <Cost dollars={turn.cost} />}
        {turn.models?.map((model) => <Badge key={model} tone="accent">{model}</Badge>)}
        <Link href={project.href(`r/call/${turn.id}`)} className="push" aria-label={`${title}: open its call ${turn.name}`}>
          {turn.name || "Open the call"}
        </Link>
      </header>
      {seen ? <Said turn={turn} /> : <Skeleton lines={4} label={`Loading turn ${number ?? ""}`} />}
    </article>
  );
}

function Said({ turn }: { turn: Preview }) {
  const project = useProject();
  const call = useCall(project.id, turn.id);
  if (call.isPending) return <Skeleton lines={4} label="Loading a turn" />;
  if (call.isError) return <ErrorState error={call.error} onRetry={() => void call.refetch()} />;
  if (call.data === null) return <p className="quiet">This turn was deleted.</p>;
  return <Spoken call={call.data} />;
}

function Spoken({ call }: { call: Call }) {
  const turn = useMemo(() => turnOf(call.inputs, call.output), [call]);
  const beside = Object.keys(turn.rest).length;
  return (
    <>
      <Chat messages={[...turn.said, ...turn.answered]} />
      {beside > 0 && (
        <details className={styles["beside"]}>
          <summary>{counted(beside, "other input")}: {brief(Object.keys(turn.rest).join(", "), 80)}</summary>
          <JsonView value={turn.rest} />
        </details>
      )}
      {call.exception && <p className={styles["failure"]}><strong>{failureOf(call.exception).title}</strong></p>}
      {!call.exception && turn.answered.length === 0 && <p className="quiet">{call.ended_at ? "It answered nothing." : "It has not answered yet."}</p>}
      <Judged call={call} />
    </>
  );
}

/** What was said of the turn, and saying more of it. */
function Judged({ call }: { call: Call }) {
  const project = useProject();
  const client = useQueryClient();
  const feedback: Feedback[] = call.summary?.weave?.feedback ?? [];
  const react = useMutation({
    mutationFn: (emoji: string) => createFeedback(project.id, `weave:///${project.id}/call/${call.id}`, REACTION!, { emoji }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["call", project.id, call.id] }),
    onError: (error) => toast(error.message, "bad"),
  });
  const reactions = feedback.filter((item) => item.feedback_type === REACTION).map((item) => String(item.payload["emoji"]));
  const others = [...new Set(reactions)].filter((emoji) => !THUMBS.some(([known]) => known === emoji));
  const scores = feedback
    .filter((item) => item.feedback_type.startsWith(SCORER!) || item.feedback_type.startsWith(ANNOTATION!))
    .map((item) => {
      const byPerson = item.feedback_type.startsWith(ANNOTATION!);
      return { name: item.feedback_type.replace(SCORER!, "").replace(ANNOTATION!, ""), value: item.payload[byPerson ? "value" : "output"], by_person: byPerson };
    });
  const notes = feedback.filter((item) => item.feedback_type === NOTE);
  return (
    <footer className={styles["judged"]}>
      <span className={styles["thumbs"]} role="group" aria-label="Reactions">
        {THUMBS.map(([emoji, name]) => {
          const count = reactions.filter((other) => other === emoji).length;
          return (
            <Button key={emoji} small className={emoji === "👎" ? styles["down"] : ""} busy={react.isPending} aria-label={`${name}${count ? `, ${count} so far` : ""}`} onClick={() => react.mutate(emoji)}>
              <Icon name="thumb" size={14} /> {count > 0 && count}
            </Button>
          );
        })}
        {others.map((emoji) => <Badge key={emoji}>{emoji}</Badge>)}
      </span>
      {scores.length > 0 && <Scores scores={scores} limit={8} />}
      <Link href={project.href(`r/call/${call.id}?tab=feedback`)} className="small">Say more</Link>
      {notes.map((item) => (
        <p key={item.id} className={styles["note"]}>
          <span className="quiet">{item.creator ?? "Somebody"} noted: </span>
          <bdi>{brief(String(item.payload["note"] ?? ""), 1024)}</bdi>
        </p>
      ))}
    </footer>
  );
}
