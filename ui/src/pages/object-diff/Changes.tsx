/** Places whose values differ: both values, or the lines that differ of long texts. */
import type { ValueChange } from "@/api/objects";
import { Badge, type Tone } from "@/design/Badge";
import styles from "./ObjectDiff.module.css";

const TONES: Record<ValueChange["change"], Tone> = { added: "good", removed: "bad", changed: "wait" };

export function Kind({ change }: { change: ValueChange["change"] }) {
  return <Badge tone={TONES[change]}>{change}</Badge>;
}

export function Changes({ changes }: { changes: readonly ValueChange[] }) {
  return (
    <ul className={styles["items"]}>
      {changes.map((change, at) => (
        <li key={at} className={styles["item"]}>
          <div className={styles["head"]}>
            <Kind change={change.change} />
            <code>{change.path || "the value"}</code>
          </div>
          {change.text_diff ? <Unified text={change.text_diff} /> : <Sides before={change.before} after={change.after} />}
        </li>
      ))}
    </ul>
  );
}

export function Sides({ before, after }: { before: string | null; after: string | null }) {
  return (
    <div className={before !== null && after !== null ? styles["sides"] : undefined}>
      {before !== null && <Side name="before" sign="−" text={before} />}
      {after !== null && <Side name="after" sign="+" text={after} />}
    </div>
  );
}

function Side({ name, sign, text }: { name: "before" | "after"; sign: string; text: string }) {
  return (
    <div className={`${styles["side"]} ${styles[name]}`}>
      <span className={styles["sign"]} aria-hidden="true">{sign}</span>
      <span>
        <span className="hidden">{name}: </span>
        {text === "" ? <span className="quiet">""</span> : text}
      </span>
    </div>
  );
}

/** A unified diff as the server made it. */
function Unified({ text }: { text: string }) {
  return (
    <pre className={styles["lines"]} tabIndex={0} aria-label="Lines that differ">
      {text.split("\n").map((line, at) => (
        <span key={at} className={line.startsWith("+") ? styles["plus"] : line.startsWith("-") ? styles["minus"] : line.startsWith("@@") ? styles["place"] : undefined}>
          {line}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
