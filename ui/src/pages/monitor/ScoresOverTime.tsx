/** How the scores that a monitor asked for run over time, scorer by scorer. */
import { type Distributions, type FieldDistribution, type MonitorItem, useScoreDistributions } from "@/api/monitors";
import { Section } from "@/components/Page";
import { EmptyState, Loaded } from "@/components/States";
import { useProject } from "@/components/useProject";
import { RefLink } from "@/components/Values";
import { counted } from "@/domain/format";
import { refLabel } from "@/domain/refs";
import { Field } from "./Distribution";
import styles from "./Monitor.module.css";
import { Range, useRange } from "./Range";

const TYPE = "wandb.runnable.";

export function ScoresOverTime({ monitor, triggerRef }: { monitor: MonitorItem; triggerRef: string }) {
  // Versions of one scorer give feedback of one type.
  const scorers = [...new Map(monitor.scorer_refs.map((ref) => [refLabel(ref), ref])).values()];
  return (
    <div className={styles["column"]}>
      <div className={styles["range"]}>
        <Range />
        <span className="quiet small">Only scores that this monitor asked for, by all of its versions.</span>
      </div>
      {scorers.length === 0 && <EmptyState title="It has no scorers" icon="monitors">Edit it and choose some.</EmptyState>}
      {scorers.map((ref) => (
        <Scorer key={ref} scorer={ref} triggerRef={triggerRef} />
      ))}
    </div>
  );
}

function Scorer({ scorer, triggerRef }: { scorer: string; triggerRef: string }) {
  const project = useProject();
  const { since } = useRange();
  const query = useScoreDistributions(project.id, TYPE + refLabel(scorer), triggerRef, since);
  return (
    <Section title={<RefLink value={scorer} />}>
      <Loaded query={query}>{(found) => <Fields found={found} />}</Loaded>
    </Section>
  );
}

function Fields({ found }: { found: Distributions }) {
  const count = found.types.reduce((sum, type) => sum + type.count, 0);
  if (count === 0) return <p className={`panel quiet ${styles["card"]}`}>No scores in this time.</p>;
  return (
    <>
      <p className="quiet small">{counted(count, "score")}</p>
      <div className={styles["fields"]}>
        {inOrder(found.fields).map((field) => (
          <Field key={field.field} field={field} buckets={found.buckets} />
        ))}
      </div>
    </>
  );
}

const RANK = { boolean: 0, number: 1, category: 2 };

/** Verdicts first, then numbers, then words. */
const inOrder = (fields: readonly FieldDistribution[]) => [...fields].sort((a, b) => RANK[a.kind] - RANK[b.kind]);
