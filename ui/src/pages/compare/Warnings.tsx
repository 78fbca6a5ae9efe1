/** What speaks against the comparison, before its figures: clear, with the runs named. */
import type { ComparedRun, ComparisonWarning } from "@/api/compare";
import { Icon } from "@/design/Icon";
import { counted } from "@/domain/format";
import styles from "./Compare.module.css";
import { RunName } from "./RunTag";
import { groupsOf } from "./view";

/** What follows from a warning, or what to do about it. */
const ADVICE: Record<string, string> = {
  dataset_versions_differ: "Only examples with the same content are paired.",
  evaluation_versions_differ: "Make sure that they ask the same of the models.",
  scorer_versions_differ: "A difference may come from the scorer and not from the model.",
  few_examples: "More examples tell more than more trials.",
  run_unfinished: "This page follows it.",
  metrics_omitted: "Choose them with “Metrics”.",
};

export function Warnings({ warnings, runs }: { warnings: readonly ComparisonWarning[]; runs: readonly ComparedRun[] }) {
  if (warnings.length === 0) return null;
  return (
    <section className={styles["warnings"]} aria-label={counted(warnings.length, "warning")}>
      <Icon name="warning" size={18} />
      <ul>
        {warnings.map((warning) => (
          <li key={warning.code + warning.message}>
            <p>
              <strong>{warning.message.replace(" in `metrics`", "")}.</strong> {ADVICE[warning.code]}
            </p>
            <div className={styles["groups"]}>
              {groupsOf(warning, runs).map((group) => (
                <span key={group.label} className={styles["group"]}>
                  {group.label && <code>{group.label}</code>}
                  {group.runs.length === runs.length && runs.length > 2 ? <span>all runs</span> : group.runs.map((at) => <RunName key={at} run={runs[at]!} at={at} />)}
                </span>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
