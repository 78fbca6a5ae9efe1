/** Chooses columns: paths that the loaded calls have, or any that is typed. */
import { type FormEvent, useMemo, useState } from "react";
import type { Preview } from "@/api/previews";
import { Button } from "@/design/Button";
import { Checkbox, TextField } from "@/design/Field";
import { Popover } from "@/design/Menu";
import styles from "./Traces.module.css";
import { DEFAULT_PATHS, pathsWithin } from "./view";

const ALWAYS = ["inputs", "output", "attributes"];
const ROOTED = /^(inputs|output|attributes|summary)(\..+)?$/;
const MOST = 16;

export function ColumnPicker({ rows, paths, onChange }: { rows: readonly Preview[]; paths: readonly string[]; onChange: (paths: string[]) => void }) {
  const [typed, setTyped] = useState("");
  const found = useMemo(() => {
    const within = (root: string) => pathsWithin(rows.map((row) => row.values?.[root]), root, 20);
    return [...new Set([...paths, ...ALWAYS, ...within("inputs"), ...within("output"), ...within("attributes")])];
  }, [rows, paths]);
  const shown = found.filter((path) => path.toLowerCase().includes(typed.toLowerCase()));
  const toggle = (path: string) => onChange(paths.includes(path) ? paths.filter((other) => other !== path) : [...paths, path].slice(0, MOST));
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (ROOTED.test(typed.trim()) && !paths.includes(typed.trim())) toggle(typed.trim());
    setTyped("");
  };
  return (
    <Popover label="Choose columns" trigger={<Button icon="columns">Columns</Button>}>
      <form className={styles["columns"]} onSubmit={add}>
        <TextField label="Find or type a path" value={typed} placeholder="output.answer.score" onChange={(event) => setTyped(event.target.value)}
          hint="Enter adds it: inputs, output, attributes or summary, then keys with dots." />
        <div className={styles["paths"]}>
          {shown.map((path) => (
            <Checkbox key={path} label={path} checked={paths.includes(path)} disabled={!paths.includes(path) && paths.length >= MOST} onChange={() => toggle(path)} />
          ))}
        </div>
        <Button small onClick={() => onChange([...DEFAULT_PATHS])}>
          Back to the usual columns
        </Button>
      </form>
    </Popover>
  );
}
