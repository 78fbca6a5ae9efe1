/** The questions of a rubric. The active one has the number keys. */
import { type KeyboardEvent, useEffect, useRef } from "react";
import { TextArea, TextField } from "@/design/Field";
import { Icon } from "@/design/Icon";
import { type Choice, kindInWords, type RubricField } from "@/domain/rubric";
import styles from "./Annotate.module.css";
import type { Answers } from "./answers";

interface Props {
  fields: RubricField[];
  answers: Answers;
  active: number;
  problems: Record<string, string>;
  onActive: (at: number) => void;
  onGive: (field: RubricField, value: unknown, onward: boolean) => void;
  onSubmit: () => void;
  onNote: (note: string) => void;
}

// As long as the server takes notes.
const LONGEST_NOTE = 1024;

export function Rubric({ fields, answers, active, problems, onActive, onGive, onSubmit, onNote }: Props) {
  return (
    <>
      {fields.length === 0 && <p className="quiet">This queue asks nothing in particular: write a note, or only submit what you have seen.</p>}
      {fields.map((field, at) => (
        <Question key={field.id} field={field} value={answers.values[field.id]} active={at === active} problem={problems[field.id]} onActive={() => onActive(at)}
          onGive={(value, onward) => onGive(field, value, onward)} onSubmit={onSubmit} />
      ))}
      <div id="note-of-item">
        <TextArea label="Note" value={answers.note} maxLength={LONGEST_NOTE} hint={answers.note ? "Ctrl+Enter submits, Escape leaves the text." : undefined} onChange={(event) => onNote(event.target.value)}
          onKeyDown={(event) => typedKeys(event, onSubmit)} />
      </div>
    </>
  );
}

interface QuestionProps {
  field: RubricField;
  value: unknown;
  active: boolean;
  problem: string | undefined;
  onActive: () => void;
  onGive: (value: unknown, onward: boolean) => void;
  onSubmit: () => void;
}

function Question({ field, value, active, problem, onActive, onGive, onSubmit }: QuestionProps) {
  const frame = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (active) frame.current?.scrollIntoView?.({ block: "nearest" });
  }, [active]);
  const chosen = Array.isArray(value) ? value : [];
  return (
    <fieldset ref={frame} className={styles["question"]} data-active={active || undefined} onFocus={onActive} aria-describedby={problem ? `problem-${field.id}` : undefined}>
      <legend>
        <strong>{field.title}</strong> <span className="quiet small">{field.choices.length > 0 ? "" : kindInWords(field)}{field.optional ? " · optional" : ""}</span>
      </legend>
      {field.description && <p className="quiet small">{field.description}</p>}
      {field.kind === "choice" && <Choices field={field} isChosen={(choice) => same(choice.value, value)} onChoose={(choice) => onGive(choice.value, true)} onSubmit={onSubmit} />}
      {field.kind === "several" && (
        <Choices field={field} isChosen={(choice) => chosen.includes(choice.value)} onSubmit={null}
          onChoose={(choice) => onGive(chosen.includes(choice.value) ? chosen.filter((one) => one !== choice.value) : [...chosen, choice.value], false)} />
      )}
      {field.kind === "number" && (
        <TextField label={field.title} hideLabel type="number" step={field.whole ? 1 : "any"} min={field.min ?? undefined} max={field.max ?? undefined} value={String(value ?? "")}
          onChange={(event) => onGive(event.target.value, false)} onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()} />
      )}
      {(field.kind === "text" || field.kind === "json") && (
        <TextArea label={field.title} hideLabel rows={2} value={String(value ?? "")} maxLength={field.longest ?? undefined} onChange={(event) => onGive(event.target.value, false)} onKeyDown={(event) => typedKeys(event, onSubmit)} />
      )}
      {problem && <p id={`problem-${field.id}`} className={styles["problem"]} role="alert">{problem}</p>}
    </fieldset>
  );
}

interface ChoicesProps {
  field: RubricField;
  isChosen: (choice: Choice) => boolean;
  onChoose: (choice: Choice) => void;
  /** What Enter does on an answer that is chosen already; else it chooses again. */
  onSubmit: (() => void) | null;
}

function Choices({ field, isChosen, onChoose, onSubmit }: ChoicesProps) {
  return (
    <div className={styles["choices"]} data-short={field.choices.every((choice) => choice.label.length <= 4) || undefined}>
      {field.choices.map((choice) => (
        <button key={choice.label} type="button" aria-pressed={isChosen(choice)} onClick={() => onChoose(choice)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !onSubmit || !isChosen(choice)) return;
            event.preventDefault();
            onSubmit();
          }}>
          {choice.key && choice.key !== choice.label && <kbd aria-hidden="true">{choice.key}</kbd>}
          <bdi>{choice.label}</bdi>
          {isChosen(choice) && <Icon name="check" size={12} />}
        </button>
      ))}
    </div>
  );
}

function typedKeys(event: KeyboardEvent<HTMLTextAreaElement>, submit: () => void) {
  if (event.key === "Escape") event.currentTarget.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    submit();
  }
}

const same = (one: unknown, other: unknown) => one === other || (typeof one === "object" && one !== null && JSON.stringify(one) === JSON.stringify(other));
