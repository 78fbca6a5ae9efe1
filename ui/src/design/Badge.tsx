/** A short word on a soft ground; its tone says what kind of word it is. */
import type { ReactNode } from "react";
import styles from "./Badge.module.css";

export type Tone = "neutral" | "good" | "bad" | "wait" | "info" | "accent";

export function Badge({ tone = "neutral", dot = false, title, children }: { tone?: Tone; dot?: boolean; title?: string; children: ReactNode }) {
  return (
    <span className={`${styles["badge"]} ${styles[tone]} ${dot ? styles["dot"] : ""}`} title={title}>
      {children}
    </span>
  );
}
