/** What differs between two values: JSON path by path, long texts line by line. */
import { useMemo } from "react";
import { type Difference, differences, lineDifferences } from "@/domain/diff";
import { counted } from "@/domain/format";
import styles from "./Diff.module.css";
import { JsonScalar } from "./JsonScalar";
import { JsonView } from "./JsonView";

export function Diff({ before, after, names = ["Before", "After"] }: { before: unknown; after: unknown; names?: [string, string] }) {
  const found = useMemo(() => differences(before, after), [before, after]);
  if (found.length === 0) return <p className="quiet">No difference.</p>;
  return (
    <div className="stack">
      <p className="quiet small">
        {counted(found.length, "difference")}: <span className={styles["removed"]}>− {names[0]}</span> <span className={styles["added"]}>+ {names[1]}</span>
      </p>
      {found.map((item) => (
        <div key={item.path} className={styles["item"]}>
          {item.path && <code className={styles["path"]}>{item.path}</code>}
          <Change item={item} />
        </div>
      ))}
    </div>
  );
}

function Change({ item }: { item: Difference }) {
  if (typeof item.before === "string" && typeof item.after === "string" && (item.before + item.after).includes("\n")) {
    return <TextDiff before={item.before} after={item.after} />;
  }
  return (
    <>
      {item.kind !== "added" && <Side kind="removed" value={item.before} />}
      {item.kind !== "removed" && <Side kind="added" value={item.after} />}
    </>
  );
}

function Side({ kind, value }: { kind: "added" | "removed"; value: unknown }) {
  return (
    <div className={`${styles["side"]} ${styles[kind]}`}>
      <span className={styles["sign"]}>
        <span aria-hidden="true">{kind === "added" ? "+" : "−"}</span>
        <span className="hidden">{kind}</span>
      </span>
      {typeof value === "object" && value !== null ? <JsonView value={value} levels={1} /> : <JsonScalar value={value} />}
    </div>
  );
}

/** Two texts, line by line. */
export function TextDiff({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => lineDifferences(before, after), [before, after]);
  return (
    <pre className={styles["text"]} tabIndex={0}>
      {lines.map((line, at) => (
        <span key={at} className={styles[line.kind]}>
          {line.kind === "same" ? "  " : line.kind === "added" ? "+ " : "− "}
          {line.text}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
