/** Labelled inputs. The label is always there; it may be hidden from sight. */
import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";
import styles from "./Field.module.css";
import { Icon } from "./Icon";

interface Labelled {
  label: string;
  hideLabel?: boolean;
  /** What is wrong with the value, said to screen readers too. */
  problem?: string | null;
  hint?: ReactNode;
}

function Frame({ id, label, hideLabel, problem, hint, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div className={styles["field"]}>
      <label htmlFor={id} className={hideLabel ? "hidden" : styles["label"]}>
        {label}
      </label>
      {children}
      {hint && <p className={styles["hint"]}>{hint}</p>}
      {problem && (
        <p className={styles["problem"]} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hideLabel, problem, hint, ...rest }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hideLabel, problem, hint }}>
      <input id={id} className={styles["input"]} aria-invalid={problem ? true : undefined} {...rest} />
    </Frame>
  );
}

export function TextArea({ label, hideLabel, problem, hint, ...rest }: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hideLabel, problem, hint }}>
      <textarea id={id} className={`${styles["input"]} ${styles["area"]}`} rows={3} {...rest} />
    </Frame>
  );
}

export interface Choice {
  value: string;
  label: string;
}

interface SelectProps extends Labelled, Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange"> {
  choices: readonly Choice[];
  onChange: (value: string) => void;
}

/** The browser's own select: it is known to every hand and every screen reader. */
export function Select({ label, hideLabel, problem, hint, choices, onChange, ...rest }: SelectProps) {
  const id = useId();
  return (
    <Frame {...{ id, label, hideLabel, problem, hint }}>
      <span className={styles["select"]}>
        <select id={id} className={styles["input"]} onChange={(event) => onChange(event.target.value)} {...rest}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
        <Icon name="down" size={12} />
      </span>
    </Frame>
  );
}

export function Checkbox({ label, hideLabel, ...rest }: { label: string; hideLabel?: boolean } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={styles["check"]}>
      <input type="checkbox" {...rest} />
      <span className={hideLabel ? "hidden" : ""}>{label}</span>
    </label>
  );
}

export function SearchField({ label, ...rest }: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={styles["search"]}>
      <Icon name="search" size={14} />
      <span className="hidden">{label}</span>
      <input type="search" className={styles["input"]} placeholder={label} {...rest} />
    </label>
  );
}
