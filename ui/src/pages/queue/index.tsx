/** One annotation queue: how far it is, who has what, its items, and its settings. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteQueue, type Queue, useQueue, useRubric, useWork } from "@/api/queues";
import { Link, useGo } from "@/components/Link";
import { Page, Section } from "@/components/Page";
import { QueueForm } from "@/components/QueueForm";
import { ErrorState, Loaded, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { RefLink, Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Confirm, Dialog } from "@/design/Dialog";
import { toast } from "@/design/Toast";
import { counted } from "@/domain/format";
import { fieldOf, kindInWords } from "@/domain/rubric";
import { AddCalls } from "./AddCalls";
import { Items } from "./Items";
import styles from "./Queue.module.css";
import { Work } from "./Work";

export default function QueuePage() {
  const project = useProject();
  const id = useParam("queueId");
  const queue = useQueue(project.id, id);
  if (queue.isError) {
    return (
      <Page title="Annotation queue">
        <ErrorState error={queue.error} onRetry={() => void queue.refetch()} />
        <p>
          <Link href={project.href("weave/queues")}>All queues</Link>
        </p>
      </Page>
    );
  }
  if (!queue.data) return <Page title="Annotation queue" heading={<Skeleton lines={1} />}><Skeleton lines={8} /></Page>;
  return <Shown queue={queue.data} />;
}

function Shown({ queue }: { queue: Queue }) {
  const project = useProject();
  const url = useUrlState();
  const go = useGo();
  const client = useQueryClient();
  const work = useWork(project.id, queue.id);
  const [open, setOpen] = useState<"change" | "delete" | null>(null);
  const adding = url.get("add") === "1";
  const setAdding = (now: boolean) => url.set({ add: now ? "1" : null }, true);
  const annotate = project.href(`weave/queues/${queue.id}/annotate`);
  const remove = useMutation({
    mutationFn: () => deleteQueue(project.id, queue.id),
    onSuccess: () => {
      toast(`${queue.name} is deleted. What was said of its calls stays.`);
      void client.invalidateQueries({ queryKey: ["queues", project.id] });
      go(project.href("weave/queues"));
    },
    onError: (error) => toast(error.message, "bad"),
  });
  useKeys([
    { keys: "a", what: "Annotate this queue", run: () => go(annotate) },
    { keys: "c", what: "Add calls", run: () => setAdding(true) },
    { keys: "u", what: "All queues", run: () => go(project.href("weave/queues")) },
  ]);
  return (
    <Page
      title={queue.name || "(no name)"}
      facts={
        <>
          <Link href={project.href("weave/queues")}>All queues</Link>
          {work.data && <span className="number">{counted(work.data.total_items, "item")}</span>}
          <span>made <Time at={queue.created_at} /></span>
        </>
      }
      actions={
        <>
          <Button icon="plus" onClick={() => setAdding(true)}>Add calls</Button>
          <Button icon="settings" onClick={() => setOpen("change")}>Settings</Button>
          <Button icon="trash" kind="danger" onClick={() => setOpen("delete")}>Delete</Button>
          <Button kind="primary" icon="annotation" onClick={() => go(annotate)}>Annotate</Button>
        </>
      }
    >
      {queue.description && <p className={styles["text"]}>{queue.description}</p>}
      <div className={styles["top"]}>
        <Section title="Progress">
          <Loaded query={work} skeleton={<Skeleton lines={3} />}>{(found) => <Work work={found} />}</Loaded>
        </Section>
        <Section title="What is asked">
          <Asked queue={queue} onChange={() => setOpen("change")} />
        </Section>
      </div>
      <Section title="Items">
        <Items queue={queue} work={work.data} onAdd={() => setAdding(true)} />
      </Section>
      <Dialog open={open === "change"} onClose={() => setOpen(null)} title="Settings of the queue">
        <QueueForm queue={queue} onDone={() => {
          setOpen(null);
          toast("Saved.");
        }} />
      </Dialog>
      <Dialog open={adding} onClose={() => setAdding(false)} shape="side" title="Add calls" description="Those that are in the queue already stay there once.">
        <AddCalls queue={queue} onDone={() => setAdding(false)} />
      </Dialog>
      <Confirm open={open === "delete"} onClose={() => setOpen(null)} title={`Delete ${queue.name}?`} action="Delete" busy={remove.isPending} onConfirm={() => remove.mutate()}
        text="Nobody can work on it any more. The calls and what was said of them stay. This cannot be undone." />
    </Page>
  );
}

function Asked({ queue, onChange }: { queue: Queue; onChange: () => void }) {
  const project = useProject();
  const rubric = useRubric(project.id, queue);
  return (
    <Loaded query={rubric} skeleton={<Skeleton lines={3} />}>
      {({ specs, missing }) => (
        <div className={`panel ${styles["box"]}`}>
          {specs.length === 0 && missing === 0 && (
            <p className="quiet">
              Only notes. <Button small onClick={onChange}>Add questions</Button>
            </p>
          )}
          <dl className={styles["asked"]}>
            {specs.map(fieldOf).map((field) => (
              <div key={field.ref}>
                <dt><RefLink value={field.ref} label={field.title} /></dt>
                <dd className="quiet">{kindInWords(field)}{field.optional ? ", optional" : ""}</dd>
              </div>
            ))}
          </dl>
          {missing > 0 && <p className={styles["warning"]}>{missing === 1 ? "One question was deleted as an object" : `${missing} questions were deleted as objects`}; nobody is asked it any more.</p>}
        </div>
      )}
    </Loaded>
  );
}
