/** Short messages about what was just done, said to screen readers too. */
import { useSyncExternalStore } from "react";
import { Button, IconButton } from "./Button";
import styles from "./Toast.module.css";

/** Where to go on from what was done, or what to do about it, such as undoing it. */
type Action = { label: string; href: string } | { label: string; run: () => void };

interface Message {
  id: number;
  text: string;
  tone: "good" | "bad";
  action?: Action;
}

const SECONDS = 6;
let messages: readonly Message[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(to: readonly Message[]): void {
  messages = to;
  for (const listener of listeners) listener();
}

const dismiss = (id: number) => change(messages.filter((message) => message.id !== id));

/** Say what was done (it goes by itself) or what went wrong (it stays until closed). */
export function toast(text: string, tone: "good" | "bad" = "good", action?: Action): void {
  const id = next++;
  change([...messages.slice(-3), { id, text, tone, action }]);
  if (tone === "good") setTimeout(() => dismiss(id), SECONDS * 1000);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => messages);
  return (
    <div className={styles["toasts"]} role="status" aria-live="polite">
      {shown.map((message) => (
        <div key={message.id} className={`${styles["toast"]} ${styles[message.tone]}`}>
          <span>{message.text}</span>
          {message.action && <Follow action={message.action} onDone={() => dismiss(message.id)} />}
          <IconButton small label="Dismiss" icon="close" onClick={() => dismiss(message.id)} />
        </div>
      ))}
    </div>
  );
}

function Follow({ action, onDone }: { action: Action; onDone: () => void }) {
  if ("href" in action) return <a href={action.href}>{action.label}</a>;
  const run = () => {
    onDone();
    action.run();
  };
  return (
    <Button small onClick={run}>
      {action.label}
    </Button>
  );
}
