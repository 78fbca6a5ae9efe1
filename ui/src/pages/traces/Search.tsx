/** Full-text search: the address follows when the typing pauses. */
import { useEffect, useRef, useState } from "react";
import { useKeys } from "@/components/useKeys";
import { SearchField } from "@/design/Field";
import styles from "./Traces.module.css";

const PAUSE_MS = 350;

export function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  const frame = useRef<HTMLDivElement>(null);
  const change = useRef(onChange);
  useEffect(() => {
    change.current = onChange;
  });
  // Somebody else changed the address: Back, or "clear".
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => change.current(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  useKeys([{ keys: "/", what: "Search", run: () => frame.current?.querySelector("input")?.focus() }]);
  return (
    <div ref={frame} className={styles["search"]}>
      <SearchField label="Search in payloads and names" value={text} onChange={(event) => setText(event.target.value)} />
    </div>
  );
}
