/** Metric by metric: what each run has, and how far and how surely it differs from the baseline. */
import { Fragment, memo } from "react";
import type { ComparedMetric, Comparison, RunDifference, RunFigures } from "@/api/compare";
import { Badge } from "@/design/Badge";
import { Icon } from "@/design/Icon";
import { Tooltip } from "@/design/Tooltip";
import { counted, number } from "@/domain/format";
import { DirectionButton } from "./Direction";
import { differenceRange, differenceText, howText, pText, rangeText, spanOf, valueText } from "./figures";
import { IntervalDrawing } from "./Interval";
import styles from "./Metrics.module.css";
import { RunName } from "./RunTag";
import { metricLabel, titleOf } from "./view";

export const MetricsTable = memo(function MetricsTable({ data, stale }: { data: Comparison; stale: boolean }) {
  const percent = `${Number((data.confidence * 100).toFixed(1))}%`;
  return (
    <table role="table" className={`${styles["metrics"]} ${stale ? styles["stale"] : ""}`} aria-label="Metrics" aria-busy={stale || undefined}>
      <thead role="rowgroup" className={styles["heads"]}>
        <tr role="row">
          <th role="columnheader">Metric</th>
          <th role="columnheader">Run</th>
          <th role="columnheader" className={styles["figure"]}>Value, {percent} CI</th>
          <th role="columnheader">Against the baseline</th>
          <th role="columnheader" className={styles["figure"]}>Difference, {percent} CI</th>
          <th role="columnheader" className={styles["figure"]}>p (Holm)</th>
          <th role="columnheader">Verdict</th>
        </tr>
      </thead>
      {data.metrics.map((metric) => (
        <Metric key={metric.name} metric={metric} data={data} />
      ))}
    </table>
  );
});

function Metric({ metric, data }: { metric: ComparedMetric; data: Comparison }) {
  const span = spanOf(metric.differences);
  return (
    <tbody role="rowgroup">
      {data.runs.map((run, at) => {
        const figures = metric.runs.find((one) => one.run_id === run.run_id);
        const difference = metric.differences.find((one) => one.run_id === run.run_id);
        return (
          <tr role="row" key={run.run_id} data-baseline={run.run_id === data.baseline || undefined}>
            {at === 0 && (
              <th role="rowheader" scope="rowgroup" rowSpan={data.runs.length} className={styles["metric"]}>
                <bdi>{metricLabel(metric.name).split(".").map((part, at) => <Fragment key={at}>{at > 0 && <>.<wbr /></>}{part}</Fragment>)}</bdi>
                <DirectionButton metric={metric} />
              </th>
            )}
            <td role="cell" className={styles["run"]}>
              <RunName run={run} at={at} />
            </td>
            <td role="cell" className={styles["value"]}>{figures && <Value metric={metric} figures={figures} />}</td>
            {difference ? <Differs metric={metric} one={difference} span={span} comparisons={data.comparisons} name={titleOf(run)} /> : <Baseline metric={metric} />}
          </tr>
        );
      })}
    </tbody>
  );
}

function Value({ metric, figures }: { metric: ComparedMetric; figures: RunFigures }) {
  const { interval, n, missing, mean, median } = figures;
  const facts = [
    metric.kind === "boolean" ? `${number(figures.true_count ?? 0)} of ${counted(n, "trial")} true` : `mean of ${counted(n, "trial")}, median ${valueText(metric, median)}`,
    `${counted(figures.examples, "example")}`,
    ...(interval ? [`interval: ${interval.method.replaceAll("_", " ")}`] : []),
  ];
  return (
    <span title={facts.join("; ")}>
      <strong className="number">{valueText(metric, metric.kind === "boolean" ? figures.rate : mean)}</strong>
      <small className="number">
        {interval ? rangeText(metric, interval.low, interval.high) : `${counted(n, "trial")}`}
        {missing > 0 && <em> · {number(missing)} missing</em>}
      </small>
    </span>
  );
}

function Baseline({ metric }: { metric: ComparedMetric }) {
  const up = metric.direction === "higher";
  return (
    <>
      <td role="cell" className={styles["draw"]}>
        <span className={styles["sides"]} aria-hidden="true">
          <span>← {up ? "worse" : "better"}</span>
          <span className={styles["base"]}>baseline</span>
          <span>{up ? "better" : "worse"} →</span>
        </span>
      </td>
      <td role="cell" className={styles["amount"]} />
      <td role="cell" className={styles["p"]} />
      <td role="cell" className={styles["verdict"]}>
        <span className="quiet">baseline</span>
      </td>
    </>
  );
}

interface DiffersProps {
  metric: ComparedMetric;
  one: RunDifference;
  span: [number, number];
  comparisons: number;
  name: string;
}

function Differs({ metric, one, span, comparisons, name }: DiffersProps) {
  const { difference, interval, verdict } = one;
  const range = interval ? differenceRange(metric, interval.low, interval.high) : null;
  const relative = !one.relative || metric.kind === "boolean" ? "" : ` (${one.relative > 0 ? "+" : "−"}${Number(Math.abs(one.relative * 100).toPrecision(2))}%)`;
  const words = `${name}, ${metricLabel(metric.name)}: ${differenceText(metric, difference)}${range ? `, interval ${range}` : ""}, ${verdict}`;
  return (
    <>
      <td role="cell" className={styles["draw"]}>
        {difference !== null && (
          <IntervalDrawing span={span} value={difference} interval={interval} verdict={verdict} higherIsBetter={metric.direction === "higher"} label={words} />
        )}
      </td>
      <td role="cell" className={styles["amount"]}>
        <strong className="number">
          {differenceText(metric, difference)}
          <span className={styles["relative"]}>{relative}</span>
        </strong>
        <small className="number">{range ?? one.reason ?? "no interval"}</small>
      </td>
      <td role="cell" className={styles["p"]}>
        <Tooltip text={howText(one, comparisons)}>
          <span tabIndex={one.p_adjusted === null ? -1 : 0} className="number">
            <span className={styles["p-name"]}>p </span>
            {pText(one.p_adjusted)}
          </span>
        </Tooltip>
      </td>
      <td role="cell" className={styles["verdict"]}>
        <Verdict value={verdict} />
      </td>
    </>
  );
}

function Verdict({ value }: { value: RunDifference["verdict"] }) {
  if (value === "no evidence") return <Badge title="It may differ all the same: look how wide the interval is">no evidence</Badge>;
  return (
    <Badge tone={value === "better" ? "good" : "bad"}>
      <Icon name={value === "better" ? "thumb" : "warning"} size={12} />
      {value}
    </Badge>
  );
}
