/** A search field whose text goes to the address when the typing pauses; `/` puts the cursor there. */
import { useEffect, useRef, useState } from "react";
import { SearchField } from "@/design/Field";
import { useKeys } from "./useKeys";

const PAUSE_MS = 350;

export function TypedSearch({ label, value, onChange, className }: { label: string; value: string; onChange: (text: string) => void; className?: string }) {
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
    <div ref={frame} className={className}>
      <SearchField label={label} value={text} onChange={(event) => setText(event.target.value)} />
    </div>
  );
}
