/** Metrics of evaluations as people read them: their names, and values in their units. Pure. */
import { duration, money, number } from "./format";

export interface MetricShape {
  kind: "boolean" | "number";
  unit?: string | null;
}

const MEASURES: Record<string, string> = { error: "Error", latency: "Latency", cost: "Cost", tokens: "Tokens" };
const UNITS: Record<string, string> = { latency: "s", cost: "USD", tokens: "tokens" };

/** The scorer, then the place within its score; measures by their own name. */
export function metricLabel(name: string): string {
  return MEASURES[name] ?? name.replace(/^scores\./, "").replaceAll("\\.", ".");
}

/** What the numbers of a metric are, when only its name is known. */
export const unitOf = (name: string): string | null => UNITS[name] ?? null;

/** A share in percent, seconds, dollars, or just a number. */
export function metricText({ kind, unit }: MetricShape, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (kind === "boolean") return `${Number((value * 100).toFixed(1))}%`;
  if (unit === "s") return Math.abs(value) < 0.01 ? `${Number((value * 1000).toPrecision(2))} ms` : duration(value * 1000);
  if (unit === "USD") return money(value);
  return number(value);
}

export function rangeText(shape: MetricShape, low: number, high: number): string {
  return `${metricText(shape, low)} to ${metricText(shape, high)}`;
}
