/** Which way a metric is better: one press turns it for the project, seen at once, with a way back. */
import { type ComparedMetric, type Direction, useSetDirection } from "@/api/compare";
import { useProject } from "@/components/useProject";
import { Icon } from "@/design/Icon";
import { toast } from "@/design/Toast";
import styles from "./Metrics.module.css";
import { metricLabel } from "./view";

const TURN: Record<Direction, Direction> = { higher: "lower", lower: "higher" };

export function DirectionButton({ metric }: { metric: ComparedMetric }) {
  const project = useProject();
  const { mutate } = useSetDirection(project.id);
  const { name, direction, direction_from: from } = metric;
  const wrong = (error: Error) => toast(`${metricLabel(name)} keeps its direction: ${error.message}`, "bad");
  const turn = () => {
    const next = TURN[direction];
    const back = () => mutate({ name, stored: from === "default" ? null : direction, shown: direction }, { onError: wrong });
    mutate(
      { name, stored: next, shown: next },
      { onError: wrong, onSuccess: () => toast(`${metricLabel(name)}: ${next} is better, for everybody in this project.`, "good", { label: "Undo", run: back }) },
    );
  };
  return (
    <button type="button" className={styles["direction"]} onClick={turn} aria-label={`${metricLabel(name)}: ${direction} is better. Turn it around`}
      title={`${from === "stored" ? "Chosen for this project" : "As the name suggests"}. Press to turn it around`}>
      <Icon name={direction === "higher" ? "up" : "down"} size={12} />
      {direction} is better
    </button>
  );
}
