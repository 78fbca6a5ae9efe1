/** Program text and other text that keeps its lines, with a button that copies it. Python and TypeScript are coloured. */
import { useMemo } from "react";
import { type Token, tokenLines } from "@/domain/highlight";
import { CopyButton } from "./CopyButton";
import styles from "./Code.module.css";

export function Code({ text, language, wrap = false, numbered = false }: { text: string; language?: string; wrap?: boolean; numbered?: boolean }) {
  const lines = useMemo(() => (numbered || language ? tokenLines(text, language ?? "") : null), [text, language, numbered]);
  return (
    <div className={styles["frame"]}>
      <pre className={`${styles["code"]} ${wrap ? "" : styles["lines"]}`} tabIndex={0} aria-label={language ? `${language} code` : "Text"}>
        {lines ? lines.map((line, at) => <span key={at} className={numbered ? styles["line"] : undefined}>{line.map(drawn)}{"\n"}</span>) : text}
      </pre>
      <span className={styles["copy"]}>
        <CopyButton text={() => text} />
      </span>
    </div>
  );
}

function drawn(token: Token, at: number) {
  return token.kind === "plain" ? token.text : <span key={at} className={styles[token.kind]}>{token.text}</span>;
}
