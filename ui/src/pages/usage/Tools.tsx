/** Which time, in which buckets and groups: all of it in the address. */
import { type FormEvent, useState } from "react";
import type { By } from "@/api/usage";
import { useUrlState } from "@/components/useUrlState";
import { Button, IconButton } from "@/design/Button";
import { Select, TextField } from "@/design/Field";
import { Popover } from "@/design/Menu";
import { Segments } from "@/design/Tabs";
import { GRANULARITIES, localOf, RANGES, type Span, USUAL } from "./range";
import styles from "./Usage.module.css";

export const GROUPS: readonly { value: By; label: string }[] = [
  { value: "none", label: "All" },
  { value: "model", label: "By model" },
  { value: "op", label: "By op" },
  { value: "user", label: "By user" },
];

interface Props {
  by: By;
  span: Span;
  busy: boolean;
  onNow: () => void;
}

export function Tools({ by, span, busy, onNow }: Props) {
  const url = useUrlState();
  const own = url.get("start") !== "";
  const range = own ? "own" : RANGES.some((one) => one.value === url.get("range")) ? url.get("range") : USUAL;
  const choose = (value: string) => {
    onNow();
    url.set({ range: value === USUAL ? null : value, start: null, end: null });
  };
  return (
    <div className={styles["tools"]}>
      <div className={styles["scroll"]}>
        <Segments label="Time" value={range} onChange={choose} choices={RANGES} />
      </div>
      <OwnTime key={`${span.start} ${span.end}`} span={span} on={own} />
      <div className={styles["scroll"]}>
        <Segments label="Groups" value={by} onChange={(value) => url.set({ by: value === "none" ? null : value })} choices={GROUPS} />
      </div>
      <span className="push" />
      <div className={styles["width"]}>
        <Select label="Width of a bucket" hideLabel value={url.get("every")} choices={GRANULARITIES} onChange={(every) => url.set({ every })} />
      </div>
      <IconButton label="Ask again" icon="refresh" busy={busy} onClick={onNow} />
    </div>
  );
}

function OwnTime({ span, on }: { span: Span; on: boolean }) {
  const url = useUrlState();
  const [open, setOpen] = useState(false);
  const [start, setStart] = useState(localOf(span.start));
  const [end, setEnd] = useState(span.end ? localOf(span.end) : "");
  const backwards = start !== "" && end !== "" && end <= start;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (start === "" || backwards) return;
    setOpen(false);
    url.set({ start: new Date(start).toISOString(), end: end === "" ? null : new Date(end).toISOString(), range: null });
  };
  return (
    <Popover label="Another time" open={open} onOpenChange={setOpen} trigger={<Button icon="clock" aria-pressed={on}>{on ? `${localOf(span.start).replace("T", " ")} – ${span.end ? localOf(span.end).replace("T", " ") : "now"}` : "Another time"}</Button>}>
      <form className={styles["custom"]} onSubmit={submit}>
        <TextField label="From" type="datetime-local" value={start} onChange={(event) => setStart(event.target.value)} required />
        <TextField label="To" type="datetime-local" value={end} onChange={(event) => setEnd(event.target.value)} hint="Empty is now. At most 400 days." problem={backwards ? "The end is before the start." : null} />
        <Button type="submit" kind="primary" disabled={start === "" || backwards}>
          Show
        </Button>
      </form>
    </Popover>
  );
}
