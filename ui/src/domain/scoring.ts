/** Scoring in words: kinds of jobs, states of tasks, and figures of the queue. Pure. */
import { duration } from "./format";

/** How a job came to be. */
export const JOB_KINDS: Record<string, string> = {
  score: "Asked for by name",
  monitor: "Monitor",
  monitor_backfill: "Back-fill of a monitor",
  evaluate_model: "Evaluation",
  rescore: "Re-scoring of a run",
};

/** What a task does when it is no score. */
export const TASK_KINDS: Record<string, string> = {
  evaluation_start: "Plans the run",
  evaluation_row: "Runs a row",
  evaluation_finish: "Sums the run up",
  monitor_backfill: "Walks through past calls",
};

/** The states in the order in which a bar shows them: ends first. */
export const STATES = ["scored", "done", "running", "retrying", "queued", "waiting", "failed"] as const;

export const STATE_WORDS: Record<string, string> = {
  scored: "The score is stored",
  done: "This part of a run has ended",
  running: "A worker is at it",
  retrying: "It failed and will be tried again by itself",
  queued: "It waits for a worker",
  waiting: "It waits for other parts of its run",
  failed: "It was given up; try it again when the reason is gone",
};

/** How long a number of seconds is, at least one. */
export function seconds(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : duration(Math.max(1, Math.round(value)) * 1000);
}

/** Call ids as people paste them: apart by spaces, commas or lines, also out of addresses and refs; each once. */
export function callIdsOf(text: string): string[] {
  const ids = text.split(/[\s,;]+/).map((part) => part.replace(/^.*\/(?:r\/call|calls|call)\//, "").replace(/[?#].*$/, ""));
  return [...new Set(ids.filter((id) => id !== ""))];
}

/** The end of an id, which tells more than its beginning. */
export const shortId = (id: string) => (id.length > 12 ? `…${id.slice(-8)}` : id);
