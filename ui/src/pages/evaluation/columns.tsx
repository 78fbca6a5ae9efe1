/** The columns of a run's examples: what went in and came out, every score, the reasons, latency, tokens and cost. */
import type { RunMetric, RunTrial } from "@/api/results";
import type { Column } from "@/components/DataTable";
import { RefLink } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { IconButton } from "@/design/Button";
import { brief, counted } from "@/domain/format";
import { glimpse } from "@/domain/glimpse";
import { metricLabel } from "@/domain/metrics";
import { parseRef } from "@/domain/refs";
import styles from "./Evaluation.module.css";
import { Score } from "./Score";
import type { Line } from "./view";

/** What columns need to know of a metric. */
export type Shape = Pick<RunMetric, "name" | "kind" | "unit" | "direction">;

interface Options {
  metrics: readonly Shape[];
  /** Whether any example was tried more than once. */
  trials: boolean;
  reasons: boolean;
  onFold: (line: Line) => void;
}

const SHORT: Record<string, number> = { latency: 76, cost: 88, tokens: 72 };

export function columnsOf({ metrics, trials, reasons, onFold }: Options): Column<Line>[] {
  // Errors are told in place of the output.
  const shown = metrics.map((metric, at) => ({ metric, at })).filter(({ metric }) => metric.name !== "error");
  return [
    { id: "example", title: "Example", width: 250, grow: true, narrow: "title", cell: (line) => <Example line={line} onFold={onFold} /> },
    ...(trials ? [{ id: "trials", title: "Trials", width: 64, numeric: true, narrow: "hide", cell: (line) => <Trials line={line} /> } satisfies Column<Line>] : []),
    { id: "output", title: "Output", width: 190, grow: true, cell: (line) => <Output line={line} /> },
    ...shown.map(
      ({ metric, at }): Column<Line> => ({
        id: metric.name,
        title: metricLabel(metric.name),
        width: SHORT[metric.name] ?? Math.max(84, Math.min(150, 26 + metricLabel(metric.name).length * 7)),
        numeric: metric.kind === "number",
        sortable: true,
        narrow: metric.name in SHORT ? "brief" : undefined,
        hint: `${metric.name}: ${metric.direction} is better`,
        cell: (line) => <Score metric={metric} value={(line.trial ?? line.example).values[at]} />,
      }),
    ),
    ...(reasons ? [{ id: "reasons", title: "Reasons", width: 190, grow: true, hint: "Texts among the scores", cell: (line) => <Reasons line={line} /> } satisfies Column<Line>] : []),
  ];
}

function Example({ line, onFold }: { line: Line; onFold: (line: Line) => void }) {
  if (line.trial) {
    return (
      <span className={styles["trial"]}>Trial {line.number}</span>
    );
  }
  const many = line.example.trial_count > 1;
  return (
    <span className={styles["example"]}>
      {many && (
        <IconButton small icon={line.unfolded ? "down" : "right"} aria-expanded={line.unfolded} label={`${line.unfolded ? "Fold" : "Unfold"} ${counted(line.example.trial_count, "trial")}`} onClick={() => onFold(line)} />
      )}
      <span className="cut">
        <Value value={line.example.example} />
      </span>
    </span>
  );
}

function Trials({ line }: { line: Line }) {
  if (line.trial) return null;
  return <span className="number">{line.example.trial_count.toLocaleString("en-US")}</span>;
}

/** The trial that speaks for a line: itself, else the first that failed, else the first. */
const telling = (line: Line): RunTrial | undefined => line.trial ?? line.example.trials.find((trial) => trial.status === "error") ?? line.example.trials[0];

function Output({ line }: { line: Line }) {
  const trial = telling(line);
  if (!trial) return <span className="quiet">–</span>;
  if (trial.status === "error") {
    const several = line.trial === null && line.example.trial_count > 1;
    return (
      <span className={styles["failed"]} title={trial.error ?? undefined}>
        <Badge tone="bad" dot>
          error{several && ` in ${line.example.errors} of ${line.example.trial_count}`}
        </Badge>{" "}
        <bdi>{brief(trial.error ?? "", 160)}</bdi>
      </span>
    );
  }
  if (trial.status === "running" && (trial.output === null || trial.output === undefined)) return <Badge tone="wait" dot>running</Badge>;
  return <Value value={trial.output} />;
}

function Reasons({ line }: { line: Line }) {
  const notes = telling(line)?.notes ?? [];
  if (notes.length === 0) return <span className="quiet">–</span>;
  const several = new Set(notes.map((note) => note.scorer)).size > 1 || notes.length > 1;
  return (
    <bdi title={notes.map((note) => `${note.scorer}${note.path ? `.${note.path}` : ""}: ${note.text}`).join("\n")}>
      {notes.map((note, at) => (
        <span key={at}>
          {several && <span className="quiet">{at > 0 && " "}{note.path ?? note.scorer} </span>}
          {brief(note.text, 160)}
        </span>
      ))}
    </bdi>
  );
}

/** A value that the server shortened, in one line. */
function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null || value === "") return <span className="quiet">–</span>;
  if (typeof value === "string" && parseRef(value)) return <RefLink value={value} />;
  return (
    <bdi>
      {glimpse(value).map(({ key, text }, at) => (
        <span key={at} className={styles["pair"]}>
          {key && <span className="quiet">{key} </span>}
          {text}
        </span>
      ))}
    </bdi>
  );
}
