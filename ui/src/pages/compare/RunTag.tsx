/** The letter of a run in a comparison, in the colour of its place; with its name where it is told of. */
import { LETTERS, titleOf } from "./view";
import styles from "./Compare.module.css";

interface Run {
  run_id: string;
  name: string | null;
  model_name: string | null;
}

export function RunTag({ at }: { at: number }) {
  return (
    <span className={styles["tag"]} data-run={at % LETTERS.length}>
      {LETTERS[at] ?? at + 1}
    </span>
  );
}

export function RunName({ run, at }: { run: Run; at: number }) {
  return (
    <span className={styles["run-name"]} title={run.name && run.name !== titleOf(run) ? `${titleOf(run)}, ${run.name}` : titleOf(run)}>
      <RunTag at={at} />
      <bdi className="cut">{titleOf(run)}</bdi>
    </span>
  );
}
