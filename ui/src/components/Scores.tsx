/** What scorers and people said of a call, in as few letters as possible. */
import { Badge, type Tone } from "@/design/Badge";
import { brief, leavesOf } from "@/domain/format";
import styles from "./Scores.module.css";

export interface ShownScore {
  name: string;
  value?: unknown;
  by_person?: boolean;
}

export function Scores({ scores, limit = 4 }: { scores: readonly ShownScore[]; limit?: number }) {
  if (scores.length === 0) return <span className="quiet">–</span>;
  return (
    <span className={styles["scores"]}>
      {scores.slice(0, limit).map((score, at) => (
        <Score key={at} score={score} />
      ))}
      {scores.length > limit && <span className="quiet small">+{scores.length - limit}</span>}
    </span>
  );
}

function Score({ score }: { score: ShownScore }) {
  const leaf = telling(score.value);
  const title = `${score.name}${score.by_person ? " (by a person)" : ""}: ${brief(score.value, 300)}`;
  if (typeof leaf === "boolean") {
    return (
      <Badge tone={leaf ? "good" : "bad"} title={title}>
        {score.name} {leaf ? "✓" : "✗"}
      </Badge>
    );
  }
  return (
    <Badge tone={(score.by_person ? "info" : "neutral") satisfies Tone} title={title}>
      {score.name} {leaf === undefined ? "" : brief(leaf, 12)}
    </Badge>
  );
}

/** The one part of a score that tells most: itself, its only leaf, or its first yes or no. */
function telling(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const parts = Object.values(value);
  const verdict = parts.find((part) => typeof part === "boolean") ?? parts.find((part) => typeof part === "number");
  if (verdict !== undefined) return verdict;
  const leaves = leavesOf(value);
  return leaves.length === 1 ? leaves[0]![1] : undefined;
}
