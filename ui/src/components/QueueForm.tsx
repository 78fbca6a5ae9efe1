/** Making an annotation queue or changing one: its name, what it is for, and what it asks; new questions are made on the way. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeQueue, createQueue, type Queue } from "@/api/queues";
import { createSpec, useSpecs } from "@/api/specs";
import { Button } from "@/design/Button";
import { Checkbox, Select, TextArea, TextField } from "@/design/Field";
import { fieldOf, idOfField, kindInWords, NEW_KINDS, type NewField, newFieldProblem, schemaOf } from "@/domain/rubric";
import { parseRef } from "@/domain/refs";
import styles from "./QueueForm.module.css";
import { Loaded } from "./States";
import { useProject } from "./useProject";

const NEW: NewField = { name: "", kind: "boolean", words: "", low: 1, high: 5 };

export function QueueForm({ queue, onDone }: { queue?: Queue; onDone: (id: string) => void }) {
  const project = useProject();
  const client = useQueryClient();
  const specs = useSpecs(project.id);
  const [name, setName] = useState(queue?.name ?? "");
  const [description, setDescription] = useState(queue?.description ?? "");
  const [refs, setRefs] = useState<string[]>(queue?.scorer_refs ?? []);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: async () => {
      const wanted = { name: name.trim(), description: description.trim(), scorer_refs: refs };
      if (!queue) return createQueue(project.id, wanted);
      await changeQueue(project.id, queue.id, wanted);
      return queue.id;
    },
    onSuccess: (id) => {
      for (const key of ["queues", "queue", "rubric"]) void client.invalidateQueries({ queryKey: [key, project.id] });
      onDone(id);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== "") save.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextField label="Name" value={name} maxLength={200} autoFocus placeholder="Answers about shipping" problem={tried && name.trim() === "" ? "Give the queue a name." : null} onChange={(event) => setName(event.target.value)} />
      <TextArea label="Instructions" rows={2} value={description} hint="Shown above the questions while people annotate." onChange={(event) => setDescription(event.target.value)} />
      <Loaded query={specs}>
        {(found) => {
          const known = [...found, ...refs.filter((ref) => !found.some((spec) => spec.ref === ref)).map((ref) => ({ ref, id: parseRef(ref)?.name ?? ref, val: null }))];
          return (
            <fieldset className={styles["fields"]}>
              <legend>What is asked</legend>
              {known.map((spec) => {
                const field = fieldOf(spec);
                return (
                  <Checkbox key={spec.ref} label={`${field.title}: ${spec.val === null ? "an older version" : kindInWords(field)}`} checked={refs.includes(spec.ref)}
                    onChange={() => setRefs(refs.includes(spec.ref) ? refs.filter((ref) => ref !== spec.ref) : [...refs, spec.ref])} />
                );
              })}
              {known.length === 0 && <p className="quiet small">This project has no questions yet. Make one here; without any, people can only write notes.</p>}
              <AddField taken={found.map((spec) => spec.id)} onMade={(ref) => setRefs((now) => [...now, ref])} />
            </fieldset>
          );
        }}
      </Loaded>
      {save.isError && <p className={styles["problem"]} role="alert">{save.error.message}</p>}
      <div className="row">
        <Button type="submit" kind="primary" busy={save.isPending}>
          {queue ? "Save" : "Make the queue"}
        </Button>
      </div>
    </form>
  );
}

/** A question that there is no spec for yet; it is published at once and can be used by every queue. */
function AddField({ taken, onMade }: { taken: string[]; onMade: (ref: string) => void }) {
  const project = useProject();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [field, setField] = useState<NewField>(NEW);
  const problem = newFieldProblem(field, taken);
  const make = useMutation({
    mutationFn: () => createSpec(project.id, idOfField(field.name), { name: field.name.trim(), field_schema: schemaOf(field) }),
    onSuccess: (ref) => {
      void client.invalidateQueries({ queryKey: ["specs", project.id] });
      onMade(ref);
      setField(NEW);
      setOpen(false);
    },
  });
  if (!open) {
    return (
      <div>
        <Button small icon="plus" onClick={() => setOpen(true)}>
          New question
        </Button>
      </div>
    );
  }
  const set = (part: Partial<NewField>) => setField({ ...field, ...part });
  return (
    <div className={styles["new"]} role="group" aria-label="New question"
      onKeyDown={(event) => {
        // Enter belongs to the question here, not to the queue around it.
        if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        if (problem === null && !make.isPending) make.mutate();
      }}>
      <TextField label="Question" value={field.name} autoFocus placeholder="Is the answer right?" maxLength={120} onChange={(event) => set({ name: event.target.value })} />
      <Select label="Answers" value={field.kind} choices={NEW_KINDS} onChange={(kind) => set({ kind })} />
      {field.kind === "enum" && <TextField label="Words" value={field.words} placeholder="good, fair, bad" onChange={(event) => set({ words: event.target.value })} />}
      {field.kind === "scale" && (
        <div className="row">
          <TextField label="From" type="number" value={field.low} onChange={(event) => set({ low: Number(event.target.value) })} />
          <TextField label="To" type="number" value={field.high} onChange={(event) => set({ high: Number(event.target.value) })} />
        </div>
      )}
      {field.name !== "" && problem && <p className={styles["problem"]}>{problem}</p>}
      {make.isError && <p className={styles["problem"]} role="alert">{make.error.message}</p>}
      <div className="row">
        <Button disabled={problem !== null} busy={make.isPending} onClick={() => make.mutate()}>
          Add question
        </Button>
        <Button kind="bare" onClick={() => setOpen(false)}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
