/** The one chart: lines, bars or points over time or numbers, drawn by uPlot; the same numbers as a table for everybody. */
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { Button } from "@/design/Button";
import { resolvedColour, useDark } from "@/design/theme";
import { compact, moment, number } from "@/domain/format";
import styles from "./Chart.module.css";

export interface Series {
  label: string;
  values: readonly (number | null)[];
  kind?: "line" | "bars" | "points";
  /** A token such as "--bad"; else the next of the series colours. */
  colour?: string;
}

interface Props {
  /** Says what is drawn; read out in place of the picture. */
  label: string;
  /** Unix seconds when `time`, else numbers. Ascending. */
  x: readonly number[];
  series: readonly Series[];
  time?: boolean;
  height?: number;
  /** How a value is written on the axis and in the table. */
  format?: (value: number) => string;
}

const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];

export function Chart({ label, x, series, time = true, height = 180, format = compact }: Props) {
  const [asTable, setAsTable] = useState(false);
  const summary = useMemo(() => described(series, format), [series, format]);
  return (
    <figure className={styles["chart"]}>
      <figcaption className={styles["caption"]}>
        <span>
          <strong>{label}</strong> <span className="hidden">{summary}</span>
        </span>
        <Button small kind="bare" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "As a chart" : "As a table"}
        </Button>
      </figcaption>
      {asTable ? <Numbers x={x} series={series} time={time} format={format} label={label} /> : <Canvas {...{ x, series, time, height, format }} />}
    </figure>
  );
}

function Canvas({ x, series, time, height, format }: Required<Pick<Props, "x" | "series" | "time" | "height" | "format">>) {
  const place = useRef<HTMLDivElement>(null);
  const dark = useDark();
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const quiet = resolvedColour("--quiet");
    const grid = { stroke: resolvedColour("--line"), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const options: uPlot.Options = {
      width: element.clientWidth,
      height,
      scales: { x: { time }, y: { range: (_plot, low, high) => [Math.min(0, low), high === low ? high + 1 : high * 1.08] } },
      axes: [
        { stroke: quiet, grid: { show: false }, ticks: grid, font },
        { stroke: quiet, grid, ticks: { show: false }, font, size: 56, values: (_plot, values) => values.map((value) => format(value)) },
      ],
      legend: { live: true },
      cursor: { points: { size: 6 } },
      series: [{}, ...series.map((one, at) => drawn(one, at, dark, format))],
    };
    const plot = new uPlot(options, [[...x], ...series.map((one) => [...one.values])] as uPlot.AlignedData, element);
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [x, series, time, height, format, dark]);
  return <div ref={place} className={styles["canvas"]} style={{ minHeight: height + 30 }} aria-hidden="true" />;
}

function drawn(one: Series, at: number, dark: boolean, format: (value: number) => string): uPlot.Series {
  const colour = resolvedColour(one.colour ?? COLOURS[at % COLOURS.length]!);
  const bars = one.kind === "bars" ? { paths: uPlot.paths.bars!({ size: [0.7, 40], radius: 0.15 }) } : {};
  const soft = colour.replace("rgb(", "rgba(").replace(")", dark ? ", 0.55)" : ", 0.7)");
  return {
    label: one.label,
    stroke: colour,
    width: one.kind === "points" ? 0 : 1.5,
    fill: one.kind === "bars" ? soft : undefined,
    points: { show: one.kind === "points" || one.values.length < 2, size: 6 },
    value: (_plot, value) => (value === null || value === undefined ? "–" : format(value)),
    ...bars,
  };
}

function Numbers({ x, series, time, format, label }: Required<Pick<Props, "x" | "series" | "time" | "format" | "label">>) {
  return (
    <div className={styles["numbers"]} tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{time ? "When" : "At"}</th>
            {series.map((one) => (
              <th key={one.label} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {x.map((at, row) => (
            <tr key={at}>
              <th scope="row">{time ? moment(new Date(at * 1000).toISOString()) : number(at)}</th>
              {series.map((one) => (
                <td key={one.label}>{one.values[row] === null || one.values[row] === undefined ? "–" : format(one.values[row])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a picture says at a glance, in words. */
function described(series: readonly Series[], format: (value: number) => string): string {
  return series
    .map((one) => {
      const values = one.values.filter((value) => value !== null);
      if (values.length === 0) return `${one.label}: nothing.`;
      return `${one.label}: from ${format(Math.min(...values))} to ${format(Math.max(...values))}, last ${format(values.at(-1)!)}.`;
    })
    .join(" ");
}
