/** Program text and other text that keeps its lines, with a button that copies it. */
import { CopyButton } from "./CopyButton";
import styles from "./Code.module.css";

export function Code({ text, language, wrap = false, numbered = false }: { text: string; language?: string; wrap?: boolean; numbered?: boolean }) {
  return (
    <div className={styles["frame"]}>
      <pre className={`${styles["code"]} ${wrap ? "" : styles["lines"]}`} tabIndex={0} aria-label={language ? `${language} code` : "Text"}>
        {numbered ? text.split("\n").map((line, at) => <span key={at} className={styles["line"]}>{`${line}\n`}</span>) : text}
      </pre>
      <span className={styles["copy"]}>
        <CopyButton text={() => text} />
      </span>
    </div>
  );
}
