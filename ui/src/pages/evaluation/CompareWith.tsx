/** Other runs that this one can be compared with: of the same dataset first of all. */
import { useState } from "react";
import { useRuns } from "@/api/evaluations";
import type { RunTable } from "@/api/results";
import { Link } from "@/components/Link";
import { ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Popover } from "@/design/Menu";
import styles from "./Evaluation.module.css";

const MOST = 12;

export function CompareWith({ run }: { run: RunTable["run"] }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover label="Compare with" open={open} onOpenChange={setOpen} trigger={<Button icon="compare">Compare with…</Button>}>
      <Others run={run} />
    </Popover>
  );
}

function Others({ run }: { run: RunTable["run"] }) {
  const project = useProject();
  const dataset = run.dataset_ref ?? "";
  const query = useRuns(project.id, { dataset, evaluation: "", model: "" }, MOST + 1);
  if (query.isPending) return <Skeleton lines={4} />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const others = query.data.pages[0]!.runs.filter((one) => one.run_id !== run.run_id).slice(0, MOST);
  return (
    <div className={styles["others"]}>
      <p className="small quiet">{dataset ? "Other runs on the same dataset; the one you choose is the baseline." : "Other runs; the one you choose is the baseline."}</p>
      {others.length === 0 && <p>There is none yet.</p>}
      <ul>
        {others.map((one) => (
          <li key={one.run_id}>
            <Link href={project.href(`weave/compare?runs=${one.run_id},${run.run_id}&baseline=${one.run_id}`)}>{one.name ?? one.model_name ?? one.run_id}</Link>{" "}
            <span className="small quiet">
              {one.model_name} <Time at={one.started_at} />
            </span>
          </li>
        ))}
      </ul>
      <Link href={project.href(`weave/evaluations${dataset ? `?dataset=${encodeURIComponent(dataset)}` : ""}`)}>Choose several in the list</Link>
    </div>
  );
}
