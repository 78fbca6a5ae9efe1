/** Which metrics are compared: fewer of them mean fewer p-values to adjust for. */
import { useState } from "react";
import { type Compared, useComparison } from "@/api/compare";
import { useProject } from "@/components/useProject";
import { Button } from "@/design/Button";
import { Checkbox, TextField } from "@/design/Field";
import { Popover } from "@/design/Menu";
import styles from "./Compare.module.css";
import { metricLabel } from "./view";

export function MetricPicker({ compared, onChange }: { compared: Compared; onChange: (metrics: string[]) => void }) {
  return (
    <Popover label="Choose metrics" trigger={<Button icon="columns">Metrics{compared.metrics ? ` (${compared.metrics.length})` : ""}</Button>}>
      <Choices compared={compared} onChange={onChange} />
    </Popover>
  );
}

function Choices({ compared, onChange }: { compared: Compared; onChange: (metrics: string[]) => void }) {
  const project = useProject();
  const found = useComparison(project.id, { ...compared, metrics: null });
  const [typed, setTyped] = useState("");
  const chosen = compared.metrics ?? [];
  const known = found.data?.metric_names ?? [];
  const names = [...new Set([...known, ...chosen])];
  const toggle = (name: string) => onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  const add = () => {
    const name = typed.trim();
    if (name !== "" && !chosen.includes(name)) onChange([...chosen, name]);
    setTyped("");
  };
  return (
    <div className={styles["choices"]}>
      <p className="quiet small">Whoever compares fewer metrics sees differences sooner: p-values are adjusted for as many as are compared. Nothing chosen means all.</p>
      <div className={styles["names"]}>
        {names.map((name) => (
          <Checkbox key={name} label={metricLabel(name)} checked={chosen.includes(name)} onChange={() => toggle(name)} />
        ))}
      </div>
      {(found.data?.metrics_total ?? 0) > known.length && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <TextField label={`Another of the ${found.data?.metrics_total} metrics`} placeholder="scores.judge.tone" value={typed} onChange={(event) => setTyped(event.target.value)} />
        </form>
      )}
      {chosen.length > 0 && (
        <Button small onClick={() => onChange([])}>
          All metrics
        </Button>
      )}
    </div>
  );
}
