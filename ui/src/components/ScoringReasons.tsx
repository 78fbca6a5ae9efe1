/** Why tasks have no score yet: the largest groups by reason, each of which narrows the list; and a search in reasons. */
import { useEffect, useState } from "react";
import type { TaskGroup } from "@/api/scoring";
import { Button } from "@/design/Button";
import { SearchField } from "@/design/Field";
import { number } from "@/domain/format";
import { refLabel } from "@/domain/refs";
import styles from "./ScoringTasks.module.css";
import { useUrlState } from "./useUrlState";
import { StatusBadge } from "./Values";

const FIRST = 4;
const PAUSE_MS = 350;

export function Reasons({ groups }: { groups: readonly TaskGroup[] }) {
  const url = useUrlState();
  const [all, setAll] = useState(false);
  const told = groups.filter((group) => group.reason && group.state !== "scored" && group.state !== "done");
  if (told.length === 0) return null;
  const isChosen = (group: TaskGroup) => url.get("state") === group.state && url.get("reason") === group.reason && url.get("scorer") === group.scorer_ref;
  const choose = (group: TaskGroup) => url.set(isChosen(group) ? { state: null, scorer: null, reason: null } : { state: group.state, scorer: group.scorer_ref, reason: group.reason });
  return (
    <section className="panel" aria-label="Why there is no score">
      <ul className={styles["why"]}>
        {told.slice(0, all ? undefined : FIRST).map((group) => (
          <li key={`${group.state} ${group.scorer_ref} ${group.reason}`}>
            <button type="button" aria-pressed={isChosen(group)} onClick={() => choose(group)} title={group.reason ?? undefined}>
              <span className={styles["count"]}>{number(group.count)}</span>
              <StatusBadge value={group.state} />
              <span className={`cut quiet ${styles["scorer"]}`}>{refLabel(group.scorer_ref)}</span>
              <span className={`cut ${styles["text"]}`}>{group.reason}</span>
            </button>
          </li>
        ))}
      </ul>
      {told.length > FIRST && (
        <Button small kind="bare" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Fewer reasons" : `${number(told.length - FIRST)} more reasons`}
        </Button>
      )}
    </section>
  );
}

/** Part of a reason; the address follows when the typing pauses. */
export function ReasonSearch() {
  const url = useUrlState();
  const value = url.get("reason");
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  // Somebody else changed the address: a group was chosen, or Back.
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => url.set({ reason: text }, true), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, url]);
  return (
    <div className={styles["find"]}>
      <SearchField label="Search in reasons" value={text} maxLength={1000} onChange={(event) => setText(event.target.value)} />
    </div>
  );
}
