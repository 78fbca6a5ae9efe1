/** One item: the call on one side, the rubric beside it, and going on. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useCall } from "@/api/calls";
import { ownSayings, saveSayings } from "@/api/feedback";
import { type Handed, progressItem, type QueueItem, type QueueWork, takeNext } from "@/api/queues";
import { ErrorState, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useProject } from "@/components/useProject";
import { Button } from "@/design/Button";
import { Icon } from "@/design/Icon";
import { choiceOfKey, type RubricField } from "@/domain/rubric";
import styles from "./Annotate.module.css";
import { type Answers, answersOf, draftOf, isAnswered, keepDraft, NOTHING, problemOf, sayingsOf } from "./answers";
import { CallView } from "./CallView";
import { Rubric } from "./Rubric";

interface Props {
  item: QueueItem;
  user: string;
  fields: RubricField[];
  /** How many specs of the queue are gone. */
  missing: number;
  description: string;
  /** Somebody else who was given the item because it lay here for too long. */
  taken: QueueWork["held"][number] | undefined;
  busy: boolean;
  onDone: (next: Handed) => void;
  onBack: () => void;
}

export function Item(props: Props) {
  const { item, user } = props;
  const project = useProject();
  const call = useCall(project.id, item.call_id);
  const target = { callId: item.call_id, queueId: item.queue_id, user };
  const said = useQuery({ queryKey: ["own-sayings", project.id, target], queryFn: ({ signal }) => ownSayings(project.id, target, signal), gcTime: 0, staleTime: Infinity });
  return (
    <div className={styles["work"]}>
      <section className={styles["call"]} aria-label="The call" tabIndex={0}>
        {props.taken && (
          <p className={styles["warning"]} role="alert">
            <Icon name="warning" /> {props.taken.name} has this item now: it lay here for half an hour without an answer. Skip it, or both of you will have answered.
          </p>
        )}
        {call.isPending ? <Skeleton lines={8} label="Loading the call" /> : call.isError ? <ErrorState error={call.error} onRetry={() => void call.refetch()} /> : <CallView call={call.data} item={item} />}
      </section>
      {said.isPending ? <Skeleton lines={4} label="Loading what you said" /> : said.isError ? <ErrorState error={said.error} onRetry={() => void said.refetch()} /> : (
        <Answering {...props} before={answersOf(said.data, props.fields)} />
      )}
    </div>
  );
}

function Answering({ item, user, fields, missing, description, before, busy, onDone, onBack }: Props & { before: Answers }) {
  const project = useProject();
  const [answers, setAnswers] = useState<Answers>(() => draftOf(item.id) ?? before ?? NOTHING);
  const [active, setActive] = useState(() => firstOpen(fields, answers));
  const [problems, setProblems] = useState<Record<string, string>>({});
  useEffect(() => keepDraft(item.id, answers), [item.id, answers]);

  const finish = useMutation({
    mutationFn: async (state: "completed" | "skipped") => {
      const sayings = state === "completed" ? sayingsOf(answers, fields) : answers.note.trim() ? sayingsOf({ ...NOTHING, note: answers.note }, fields) : [];
      await saveSayings(project.id, { callId: item.call_id, queueId: item.queue_id, user }, sayings);
      await progressItem(project.id, item, state);
      return takeNext(project.id, item.queue_id);
    },
    onSuccess: (next) => {
      keepDraft(item.id, null);
      onDone(next);
    },
  });
  const working = finish.isPending || busy;

  const give = (field: RubricField, value: unknown, onward: boolean) => {
    const next = { ...answers, values: { ...answers.values, [field.id]: value } };
    setAnswers(next);
    setProblems(Object.fromEntries(Object.entries(problems).filter(([id]) => id !== field.id)));
    const at = fields.indexOf(field);
    const after = onward ? fields.findIndex((other, place) => place > at && !isAnswered(other, next.values[other.id])) : -1;
    setActive(after >= 0 ? after : at);
  };
  const submit = () => {
    if (working) return;
    const found = fields.map((field) => [field.id, problemOf(field, answers.values[field.id])] as const).filter(([, problem]) => problem !== null);
    setProblems(Object.fromEntries(found) as Record<string, string>);
    if (found.length > 0) setActive(fields.findIndex((field) => field.id === found[0]![0]));
    else finish.mutate("completed");
  };
  const skip = () => {
    if (!working) finish.mutate("skipped");
  };
  const press = (key: string) => {
    const field = fields[active];
    const choice = field && choiceOfKey(field, key);
    if (!field || !choice) return;
    if (field.kind !== "several") return give(field, choice.value, true);
    const chosen = Array.isArray(answers.values[field.id]) ? (answers.values[field.id] as unknown[]) : [];
    give(field, chosen.includes(choice.value) ? chosen.filter((one) => one !== choice.value) : [...chosen, choice.value], false);
  };
  const move = (by: number) => setActive(Math.max(0, Math.min(fields.length - 1, active + by)));
  useKeys([
    ...(fields[active]?.choices ?? []).filter(({ key }) => key !== "").map(({ key, label }) => ({ keys: key, what: `${fields[active]?.title}: ${label}`, run: () => press(key) })),
    { keys: "Enter", what: "Submit and go on", run: submit },
    { keys: "s", what: "Skip this item", run: skip },
    { keys: "j", what: "Next question", run: () => move(1) },
    { keys: "k", what: "Question before", run: () => move(-1) },
    { keys: "n", what: "Write a note", run: () => document.querySelector<HTMLElement>("#note-of-item textarea")?.focus() },
  ]);
  return (
    <form className={`panel ${styles["rubric"]}`} aria-label="Rubric" onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <div className={styles["questions"]}>
        {description && <p className="quiet">{description}</p>}
        {missing > 0 && <p className={styles["warning"]}>{missing === 1 ? "One field of this queue was deleted" : `${missing} fields of this queue were deleted`}; take it out under the queue's settings.</p>}
        <Rubric fields={fields} answers={answers} active={active} problems={problems} onActive={setActive} onGive={give} onSubmit={submit} onNote={(note) => setAnswers({ ...answers, note })} />
      </div>
      <footer className={styles["actions"]}>
        {finish.isError && <p className={styles["problem"]} role="alert">{finish.error.message} Nothing is lost: try again.</p>}
        <Button type="submit" kind="primary" busy={working}>
          Submit <kbd>Enter</kbd>
        </Button>
        <Button disabled={working} onClick={skip}>
          Skip <kbd>s</kbd>
        </Button>
        <Button kind="bare" icon="left" disabled={working} onClick={onBack} title="Open the item again that you finished last">
          Back <kbd>u</kbd>
        </Button>
      </footer>
    </form>
  );
}

/** The first question without an answer, else the first. */
const firstOpen = (fields: readonly RubricField[], answers: Answers) => Math.max(0, fields.findIndex((field) => !isAnswered(field, answers.values[field.id])));
