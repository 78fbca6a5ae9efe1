/** Makes a monitor, or a new version of one: which calls, how many of them, and what scores them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { publishMonitor, useOpNames } from "@/api/monitors";
import { Button } from "@/design/Button";
import { Checkbox, TextArea, TextField } from "@/design/Field";
import { Icon } from "@/design/Icon";
import { toast } from "@/design/Toast";
import { formOf, monitorOf, type MonitorForm as Form, type MonitorValue, opInWords, problemsOf, valueOf } from "@/domain/monitors";
import styles from "./MonitorForm.module.css";
import { MonitorQueryField } from "./MonitorQueryField";
import { ScorerPicker } from "./ScorerPicker";
import { useProject } from "./useProject";

interface Props {
  /** The name of the monitor that gets a new version; without, a new one is made. */
  name?: string;
  before?: MonitorValue;
  /** Names that are taken. */
  taken?: readonly string[];
  onDone: (name: string) => void;
  onCancel: () => void;
}

export function MonitorForm({ name, before, taken = [], onDone, onCancel }: Props) {
  const project = useProject();
  const client = useQueryClient();
  const [form, setForm] = useState<Form>(() => (before ? formOf(before) : { ...formOf(monitorOf(null)), active: true }));
  const [typed, setTyped] = useState(name ?? "");
  const [tried, setTried] = useState(false);
  const problems = problemsOf(form);
  const wanted = typed.trim();
  const nameProblem = wanted === "" ? "Give it a name." : !name && taken.includes(wanted) ? "There is a monitor of that name: open it to change it." : null;
  const publish = useMutation({
    mutationFn: () => publishMonitor(project.id, wanted, { ...valueOf(form, before ?? null), ...(before ? {} : { name: wanted }) }),
    onSuccess: async () => {
      toast(`${wanted} is published${form.active ? " and active" : ""}.`);
      onDone(wanted);
      await client.invalidateQueries();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length === 0 && nameProblem === null) publish.mutate();
  };
  const set = (change: Partial<Form>) => setForm({ ...form, ...change });
  return (
    <form className={styles["form"]} onSubmit={submit} noValidate>
      {!name && <TextField label="Name" value={typed} autoFocus placeholder="answers" onChange={(event) => setTyped(event.target.value)} problem={tried ? nameProblem : null} />}
      <TextArea label="Description" rows={2} value={form.description} onChange={(event) => set({ description: event.target.value })} />
      <Ops ops={form.ops} onChange={(ops) => set({ ops })} />
      <MonitorQueryField form={form} onChange={setForm} problem={tried ? problems.text : undefined} />
      <TextField label="Share of these calls, in percent" type="number" inputMode="decimal" min={0} max={100} step="any" value={form.percent} onChange={(event) => set({ percent: event.target.value })}
        hint="A call is in the sample or not by its id: a higher share only adds calls." problem={tried ? (problems.percent ?? null) : null} />
      <ScorerPicker forMonitor chosen={form.scorers} onChange={(scorers) => set({ scorers })} problem={tried ? problems.scorers : null} />
      <div className="stack">
        <Checkbox label="Active: calls that end from now on are scored" checked={form.active} onChange={(event) => set({ active: event.target.checked })} />
        <Checkbox label="Traced: scorers leave a trace besides the feedback" checked={form.traced} onChange={(event) => set({ traced: event.target.checked })} />
      </div>
      <footer className={styles["foot"]}>
        {publish.error && (
          <p className={styles["problem"]} role="alert">
            {publish.error.message}
          </p>
        )}
        <span className="push" />
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" kind="primary" busy={publish.isPending}>
          {name ? "Publish this version" : "Publish the monitor"}
        </Button>
      </footer>
    </form>
  );
}

function Ops({ ops, onChange }: { ops: string[]; onChange: (ops: string[]) => void }) {
  const project = useProject();
  const id = useId();
  const names = useOpNames(project.id).data ?? [];
  const [typed, setTyped] = useState("");
  const add = () => {
    // Calls that record no more than a name have no op that a ref could name: such a name is kept bare and matches both.
    const op = names.includes(typed.trim()) ? `weave:///${project.id}/op/${typed.trim()}:*` : typed.trim();
    if (op !== "" && !ops.includes(op)) onChange([...ops, op]);
    setTyped("");
  };
  return (
    <fieldset className={styles["group"]}>
      <legend>Calls of these ops</legend>
      <div className={styles["chips"]}>
        {ops.length === 0 && <span className="quiet">every op</span>}
        {ops.map((op) => (
          <span key={op} className={styles["chip"]} title={op}>
            {opInWords(op)}
            <button type="button" aria-label={`Remove ${opInWords(op)}`} onClick={() => onChange(ops.filter((other) => other !== op))}>
              <Icon name="close" size={12} />
            </button>
          </span>
        ))}
      </div>
      <div className={styles["one"]} onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        add();
      }}>
        <TextField label="Op" list={id} value={typed} placeholder="answer" onChange={(event) => setTyped(event.target.value)} />
        <Button disabled={typed.trim() === ""} onClick={add}>
          Add op
        </Button>
      </div>
      <datalist id={id}>{names.map((one) => <option key={one} value={one} />)}</datalist>
    </fieldset>
  );
}
