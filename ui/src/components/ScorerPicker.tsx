/** Chooses scorers of the project: the newest version of each, and those versions that are chosen already. */
import { type ObjectVersion, useScorers } from "@/api/scoring";
import { Checkbox } from "@/design/Field";
import { refLabel } from "@/domain/refs";
import { Code } from "./Code";
import styles from "./ScorerPicker.module.css";
import { Loaded } from "./States";
import { useProject } from "./useProject";

interface Props {
  chosen: readonly string[];
  onChange: (refs: string[]) => void;
  problem?: string | null;
  /** Whether scorers that only monitors may ask are offered. */
  forMonitor?: boolean;
}

const REMOTE = "RemoteScorer";

export function ScorerPicker({ chosen, onChange, problem, forMonitor = false }: Props) {
  const project = useProject();
  const scorers = useScorers(project.id);
  const refOf = (scorer: ObjectVersion) => `weave:///${project.id}/object/${scorer.object_id}:${scorer.digest}`;
  const toggle = (ref: string) => onChange(chosen.includes(ref) ? chosen.filter((other) => other !== ref) : [...chosen, ref]);
  return (
    <fieldset className={styles["picker"]}>
      <legend>Scorers</legend>
      <Loaded query={scorers}>
        {(found) => {
          const offered = found.filter((scorer) => forMonitor || scorer.leaf_object_class !== REMOTE);
          const known = new Set(offered.map(refOf));
          const older = chosen.filter((ref) => !known.has(ref));
          if (offered.length + older.length === 0) return <NoScorers />;
          return (
            <div className={styles["list"]}>
              {older.map((ref) => (
                <Checkbox key={ref} label={`${refLabel(ref)} (another version: ${ref.slice(ref.lastIndexOf(":") + 1).slice(0, 7)})`} checked onChange={() => toggle(ref)} />
              ))}
              {offered.map((scorer) => (
                <Checkbox key={refOf(scorer)} label={`${scorer.object_id} (v${scorer.version_index}${scorer.leaf_object_class ? `, ${scorer.leaf_object_class}` : ""})`}
                  checked={chosen.includes(refOf(scorer))} onChange={() => toggle(refOf(scorer))} />
              ))}
            </div>
          );
        }}
      </Loaded>
      {problem && (
        <p className={styles["problem"]} role="alert">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

function NoScorers() {
  return (
    <>
      <p className="quiet small">No scorer is published in this project yet. Publish one, then come back:</p>
      <Code language="python" text={`import weave
from weave.scorers import ValidJSONScorer
weave.publish(ValidJSONScorer(), "valid-json")`} />
    </>
  );
}
