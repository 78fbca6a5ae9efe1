/** Tasks by state as one bar and in words: how much has ended, is open, or was given up. */
import { number } from "@/domain/format";
import { STATE_WORDS, STATES } from "@/domain/scoring";
import styles from "./StateBar.module.css";

interface Props {
  /** How many there are in each state. */
  counts: Readonly<Record<string, number>>;
  /** What is counted, for those who do not see the bar. */
  label: string;
  /** The words stand beside the bar in one line, for rows of tables. */
  beside?: boolean;
}

export function StateBar({ counts, label, beside = false }: Props) {
  const found = STATES.map((state) => [state, counts[state] ?? 0] as const).filter(([, count]) => count > 0);
  const words = found.map(([state, count]) => `${number(count)} ${state}`).join(", ");
  return (
    <div className={`${styles["states"]} ${beside ? styles["beside"] : ""}`}>
      <div className={styles["bar"]} role="img" aria-label={`${label}: ${words || "nothing"}`}>
        {found.map(([state, count]) => (
          <i key={state} className={styles[state]} style={{ flexGrow: count }} />
        ))}
      </div>
      <div className={styles["legend"]}>
        {found.length === 0 && <span className="quiet">nothing</span>}
        {found.map(([state, count]) => (
          <span key={state} title={STATE_WORDS[state]}>
            <i className={styles[state]} aria-hidden="true" />
            {number(count)} {state}
          </span>
        ))}
      </div>
    </div>
  );
}
