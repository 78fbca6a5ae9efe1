/** Tabs: arrow keys move, only the open panel is mounted. */
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./Tabs.module.css";

export interface Tab {
  id: string;
  title: ReactNode;
  content: () => ReactNode;
}

export function Tabs({ tabs, value, onChange, label }: { tabs: Tab[]; value: string; onChange: (id: string) => void; label: string }) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className={styles["tabs"]}>
      <Radix.List aria-label={label} className={styles["list"]}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.id} value={tab.id} className={styles["tab"]}>
            {tab.title}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className={styles["content"]}>
          {tab.id === value && tab.content()}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

/** A few exclusive choices side by side. */
export function Segments<T extends string>(props: { label: string; value: T; onChange: (value: T) => void; choices: readonly { value: T; label: ReactNode }[] }) {
  return (
    <div role="group" aria-label={props.label} className={styles["segments"]}>
      {props.choices.map((choice) => (
        <button key={choice.value} type="button" aria-pressed={choice.value === props.value} onClick={() => props.onChange(choice.value)}>
          {choice.label}
        </button>
      ))}
    </div>
  );
}
