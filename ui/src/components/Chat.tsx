/** A conversation with a model: who said what, tools that were called and what they gave, pictures and sounds. */
import { useState } from "react";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Icon } from "@/design/Icon";
import { counted } from "@/domain/format";
import type { ChatMessage, Part } from "@/domain/messages";
import { parseRef } from "@/domain/refs";
import styles from "./Chat.module.css";
import { JsonScalar } from "./JsonScalar";
import { JsonView } from "./JsonView";
import { MediaView } from "./MediaView";
import { RefValue } from "./RefValue";
import { useProject } from "./useProject";

interface Props {
  messages: readonly ChatMessage[];
  /** From which message on it is the answer; those are set apart. */
  answerFrom?: number;
  search?: string;
}

// What is shown of the middle of a long conversation before it is asked for.
const [HEAD, TAIL] = [3, 12];

export function Chat({ messages, answerFrom = Infinity, search }: Props) {
  const [whole, setWhole] = useState(messages.length <= HEAD + TAIL + 3);
  const cut = whole ? 0 : messages.length - HEAD - TAIL;
  const shown = messages.map((message, at) => ({ message, at })).filter(({ at }) => cut === 0 || at < HEAD || at >= HEAD + cut);
  return (
    <ol className={styles["chat"]} aria-label="Conversation">
      {shown.map(({ message, at }) => (
        <li key={at}>
          {cut > 0 && at === HEAD + cut && (
            <Button small onClick={() => setWhole(true)}>
              Show {counted(cut, "message")} between
            </Button>
          )}
          <Message message={message} answer={at >= answerFrom} search={search} />
        </li>
      ))}
    </ol>
  );
}

const NAMES: Record<string, string> = { system: "System", user: "User", assistant: "Assistant", tool: "Tool" };
const LONG = 700;

function Message({ message, answer, search }: { message: ChatMessage; answer: boolean; search?: string }) {
  const long = message.role === "system" && message.parts.reduce((sum, part) => sum + (part.kind === "text" ? part.text.length : 0), 0) > LONG;
  const [folded, setFolded] = useState(long);
  return (
    <article className={`${styles["message"]} ${styles[message.role] ?? styles["user"]} ${answer ? styles["answer"] : ""}`}>
      <header className={styles["who"]}>
        <strong>{NAMES[message.role] ?? message.role}</strong>
        {message.name && <span className="quiet">{message.name}</span>}
        {answer && <Badge tone="accent">answer</Badge>}
      </header>
      <div className={folded ? styles["folded"] : styles["parts"]}>
        {message.parts.length === 0 && <span className="quiet">Nothing was said.</span>}
        {message.parts.map((part, at) => (
          <PartView key={at} part={part} search={search} />
        ))}
      </div>
      {long && (
        <Button small kind="bare" onClick={() => setFolded(!folded)}>
          {folded ? "Show all of it" : "Show less"}
        </Button>
      )}
    </article>
  );
}

function PartView({ part, search }: { part: Part; search?: string }) {
  const project = useProject();
  switch (part.kind) {
    case "text":
      return parseRef(part.text) ? <RefValue value={part.text} search={search} /> : <JsonScalar value={part.text} search={search} />;
    case "thinking":
      return (
        <details className={styles["thinking"]}>
          <summary>Thinking</summary>
          <JsonScalar value={part.text} search={search} />
        </details>
      );
    case "media":
      return <MediaView project={project.id} media={part.media} label={part.label} />;
    case "link":
      return /^https?:\/\//.test(part.url) ? (
        <a href={part.url} target="_blank" rel="noreferrer noopener" className={styles["link"]}>
          <Icon name="external" /> {part.label} at {hostOf(part.url)}
        </a>
      ) : (
        <code>{part.url.slice(0, 200)}</code>
      );
    case "call":
      return (
        <div className={styles["call"]}>
          <div className={styles["tool"]}>
            <Icon name="settings" size={14} /> <code>{part.name}</code> {part.id && <span className="quiet small">{part.id}</span>}
          </div>
          <JsonView value={part.input} search={search} />
        </div>
      );
    case "result":
      return (
        <div className={styles["call"]}>
          {part.id && <div className={`${styles["tool"]} quiet small`}>result of {part.id}</div>}
          {part.parts.map((inner, at) => (
            <PartView key={at} part={opened(inner)} search={search} />
          ))}
        </div>
      );
    case "other":
      return <JsonView value={part.value} levels={1} search={search} />;
  }
}

/** What tools give back is mostly JSON in a text. */
function opened(part: Part): Part {
  if (part.kind !== "text" || !/^\s*[[{]/.test(part.text) || part.text.length > 1_000_000) return part;
  try {
    return { kind: "other", value: JSON.parse(part.text) };
  } catch {
    return part;
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "an address that cannot be read";
  }
}
