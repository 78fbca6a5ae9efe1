/** Annotating a queue: one item at a time, handed out by the server so that nobody else has it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Handed, LEASE_SECONDS, progressItem, takeBack, takeNext, useQueue, useRubric, useWork } from "@/api/queues";
import { Link, useGo } from "@/components/Link";
import { Page } from "@/components/Page";
import { ErrorState, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useParam, useProject } from "@/components/useProject";
import { Progress } from "@/components/Values";
import { toast } from "@/design/Toast";
import { fieldOf } from "@/domain/rubric";
import styles from "./Annotate.module.css";
import { Nothing } from "./Nothing";
import { Item } from "./Item";

// While nothing is there to do, others may put something back or add something.
const LOOK_AGAIN_MS = 6000;
const RENEW_MS = (LEASE_SECONDS / 6) * 1000;

export default function Annotate() {
  const project = useProject();
  const go = useGo();
  const id = useParam("queueId");
  const client = useQueryClient();
  const queue = useQueue(project.id, id);
  const work = useWork(project.id, id);
  const rubric = useRubric(project.id, queue.data);
  const key = ["queue-next", project.id, id];
  const handed = useQuery({
    queryKey: key,
    queryFn: async () => {
      const next = await takeNext(project.id, id);
      // What is told beside it is of the same moment.
      void client.invalidateQueries({ queryKey: ["queue-work", project.id, id] });
      return next;
    },
    staleTime: Infinity,
    gcTime: 0,
    refetchInterval: (query) => (query.state.data && query.state.data.item === null ? LOOK_AGAIN_MS : false),
  });
  const item = handed.data?.item ?? null;
  useRenewal(project.id, handed.data);

  const show = (next: Handed) => {
    client.setQueryData(key, next);
    void client.invalidateQueries({ queryKey: ["queue-work", project.id, id] });
  };
  const back = useMutation({
    mutationFn: () => takeBack(project.id, id),
    onSuccess: (before) => (before.item === null ? toast("You have finished nothing in this queue yet.") : show(before)),
    onError: (error) => toast(error.message, "bad"),
  });
  const goBack = () => !back.isPending && back.mutate();
  useKeys([
    { keys: "u", what: "Back to the item before, to change it", run: goBack },
    { keys: "q", what: "To the queue", run: () => go(project.href(`weave/queues/${id}`)) },
  ]);

  const title = queue.data?.name ?? "Annotate";
  const wrong = queue.error ?? handed.error ?? rubric.error ?? work.error;
  if (wrong) {
    return (
      <Page title={title}>
        <ErrorState error={wrong} onRetry={() => void Promise.all([queue.refetch(), rubric.refetch(), work.refetch(), handed.refetch()])} />
      </Page>
    );
  }
  const done = (work.data?.states.completed ?? 0) + (work.data?.states.skipped ?? 0);
  return (
    <Page
      title={title}
      fill
      facts={
        <>
          <Link href={project.href(`weave/queues/${id}`)}>The queue</Link>
          {work.data && <span className={styles["progress"]}><Progress done={done} total={work.data.total_items} label="Items finished" /></span>}
        </>
      }
    >
      {!handed.data || !rubric.data || !work.data || !queue.data ? (
        <Skeleton lines={8} label="Loading the next item" />
      ) : item === null ? (
        <Nothing work={work.data} unfinished={handed.data.unfinished_items} queueId={id} onBack={goBack} busy={back.isPending} />
      ) : (
        // A new item is a new form.
        <Item key={`${item.id} ${handed.data.held_until}`} item={item} user={work.data.you} taken={work.data.held.find((one) => one.item_id === item.id && one.user_id !== work.data.you)}
          fields={rubric.data.specs.map(fieldOf)} missing={rubric.data.missing} description={queue.data.description} onDone={show} onBack={goBack} busy={back.isPending} />
      )}
    </Page>
  );
}

/** Keeps what is on the screen from being given to somebody else. */
function useRenewal(project: string, handed: Handed | undefined) {
  const item = handed?.item ?? null;
  useEffect(() => {
    if (item === null) return;
    // A failure is told when the item is submitted; until then the next attempt may succeed.
    const timer = setInterval(() => void progressItem(project, item, "in_progress").catch(() => undefined), RENEW_MS);
    return () => clearInterval(timer);
  }, [project, item]);
}
