/** How an agent did over time: runs and errors, tokens, cost. The server makes the buckets and the sums. */
import { useMemo } from "react";
import { inUtc, useAgentTimes } from "@/api/agents";
import { Chart } from "@/components/Chart";
import { Loaded, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { money, number } from "@/domain/format";
import styles from "./Agent.module.css";

type Rows = readonly Record<string, unknown>[];

export function OverTime({ agent, since }: { agent: string; since: string }) {
  const project = useProject();
  const query = useAgentTimes(project.id, agent, since);
  return (
    <Loaded query={query} skeleton={<Skeleton lines={5} label="Loading the charts" />}>
      {(times) => <Charts rows={times.rows ?? []} />}
    </Loaded>
  );
}

function Charts({ rows }: { rows: Rows }) {
  const x = useMemo(() => rows.map((row) => Date.parse(inUtc(String(row["timestamp"])) ?? "") / 1000), [rows]);
  const column = (name: string) => rows.map((row) => (typeof row[name] === "number" ? row[name] : null));
  return (
    <div className={styles["charts"]}>
      <div className={`panel ${styles["chart"]}`}>
        <Chart label="Runs and errors" x={x} height={130} series={[{ label: "Runs", values: column("count_true_runs"), kind: "bars" }, { label: "Errors", values: column("count_true_errors"), kind: "bars", colour: "--bad" }]} format={number} />
      </div>
      <div className={`panel ${styles["chart"]}`}>
        <Chart label="Tokens" x={x} height={130} series={[{ label: "Tokens", values: column("sum_tokens"), kind: "bars", colour: "--series-2" }]} />
      </div>
      <div className={`panel ${styles["chart"]}`}>
        <Chart label="Cost" x={x} height={130} series={[{ label: "Cost", values: column("sum_cost"), kind: "bars", colour: "--series-3" }]} format={money} />
      </div>
    </div>
  );
}
