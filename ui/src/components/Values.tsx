/** Small values that many places show alike: states, times, latencies, costs, tokens, progress, refs. */
import { Badge, type Tone } from "@/design/Badge";
import { Tooltip } from "@/design/Tooltip";
import { ago, brief, compact, duration, leavesOf, moment, money, number } from "@/domain/format";
import { pageOfRef, refInShort, refLabel } from "@/domain/refs";
import { Link } from "./Link";
import styles from "./Values.module.css";

const TONES: Record<string, Tone> = {
  success: "good", scored: "good", completed: "good", done: "good", ok: "good", active: "good", finished: "good",
  error: "bad", failed: "bad", descendant_error: "bad", dead: "bad",
  running: "wait", retrying: "wait", in_progress: "wait", waiting: "wait",
  queued: "info", pending: "info", unstarted: "neutral", skipped: "neutral", cancelled: "neutral",
};
const WORDS: Record<string, string> = { descendant_error: "error ↓", success: "ok" };
const TITLES: Record<string, string> = { descendant_error: "It ended well, but something below it failed" };

/** The state of a call, a task, a run: a word and a colour. */
export function StatusBadge({ value }: { value: string }) {
  return (
    <Badge tone={TONES[value.toLowerCase()] ?? "neutral"} dot title={TITLES[value]}>
      {WORDS[value] ?? value.replaceAll("_", " ")}
    </Badge>
  );
}

/** How long ago; the exact moment on hover and for machines. */
export function Time({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  if (!at) return <span className="quiet">–</span>;
  return (
    // Writing a moment out takes longer than a row of a table: the title is made for the one that is pointed at.
    <time dateTime={at} onPointerEnter={(event) => { event.currentTarget.title = moment(at); }} className="number">
      {exact ? moment(at) : ago(at)}
    </time>
  );
}

export function Latency({ ms }: { ms: number | null | undefined }) {
  return <span className={`number ${ms === null || ms === undefined ? "quiet" : ""}`}>{duration(ms)}</span>;
}

/** Dollars; `null` means that no price is known, which is not zero. */
export function Cost({ dollars }: { dollars: number | null | undefined }) {
  if (dollars === null || dollars === undefined) return <span className="quiet">–</span>;
  return <span className="number">{money(dollars)}</span>;
}

export function Tokens({ input, output, total }: { input?: number; output?: number; total?: number }) {
  const sum = total ?? (input ?? 0) + (output ?? 0);
  if (sum === 0) return <span className="quiet">–</span>;
  return (
    <Tooltip text={`${number(input ?? 0)} in, ${number(output ?? 0)} out, ${number(sum)} in all`}>
      <span className="number">{compact(sum)}</span>
    </Tooltip>
  );
}

export function Progress({ done, total, label }: { done: number; total: number; label: string }) {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div className={styles["progress"]} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done}>
      <span className={styles["bar"]}>
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span className="number small quiet">
        {number(done)} / {number(total)}
      </span>
    </div>
  );
}

/** A ref by the name of what it leads to. */
export function RefLink({ value, label }: { value: string; label?: string }) {
  const page = pageOfRef(value);
  const text = label ?? refLabel(value);
  return page ? (
    <Link href={page} title={value} className="cut">
      {text}
    </Link>
  ) : (
    <span title={value} className="cut">
      {text}
    </span>
  );
}

/** The numbers inside a result or a score, one line each. */
export function Metrics({ value, limit = 8 }: { value: unknown; limit?: number }) {
  const leaves = leavesOf(value);
  if (leaves.length === 0) return <span className="quiet">–</span>;
  return (
    <dl className={styles["metrics"]}>
      {leaves.slice(0, limit).map(([path, text]) => (
        <div key={path}>
          {path && <dt title={path}>{path}</dt>}
          <dd className="number">{brief(refInShort(text) ?? text, 80)}</dd>
        </div>
      ))}
      {leaves.length > limit && <div className="quiet">and {leaves.length - limit} more</div>}
    </dl>
  );
}
