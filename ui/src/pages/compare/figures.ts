/** Figures of metrics in the units that people read them in. Pure. */
import type { ComparedMetric, RunDifference } from "@/api/compare";
import { duration, money, number } from "@/domain/format";
import { type Glimpse, glimpse } from "@/domain/glimpse";

type Shape = Pick<ComparedMetric, "kind" | "unit">;

const percent = (share: number, places = 1) => `${Number((share * 100).toFixed(places))}%`;

/** A value: a share in percent, seconds, dollars, or just a number. */
export function valueText({ kind, unit }: Shape, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (kind === "boolean") return percent(value);
  if (unit === "s") return Math.abs(value) < 0.01 ? `${number(value * 1000)} ms` : duration(value * 1000);
  if (unit === "USD") return money(value);
  return number(value);
}

/** A difference with its sign; shares differ by percentage points. */
export function differenceText(shape: Shape, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  const size = Math.abs(value);
  return shape.kind === "boolean" ? `${sign}${Number((size * 100).toFixed(1))} pp` : `${sign}${valueText(shape, size)}`;
}

export function rangeText(shape: Shape, low: number, high: number): string {
  return `${valueText(shape, low)} to ${valueText(shape, high)}`;
}

export function differenceRange(shape: Shape, low: number, high: number): string {
  return `${differenceText(shape, low)} to ${differenceText(shape, high)}`;
}

/** A p-value to two places that tell something. */
export function pText(p: number | null | undefined): string {
  if (p === null || p === undefined) return "–";
  if (p < 0.001) return "<0.001";
  return p > 0.999 ? "1" : p.toFixed(p < 0.1 ? 3 : 2);
}

const METHODS: Record<string, string> = {
  mcnemar_exact: "McNemar's exact test of the examples that changed",
  paired_t_by_example: "Paired t-test of the examples' means",
  sign_flip: "Exact sign-flip test",
};

/** How the p-value of a difference came about, for whoever asks. */
export function howText(one: RunDifference, comparisons: number): string {
  const parts = [`Holm-adjusted for ${comparisons.toLocaleString("en-US")} comparisons; before that p = ${pText(one.p_value)}.`];
  if (one.method) parts.push(`${METHODS[one.method] ?? one.method}, ${one.paired_examples.toLocaleString("en-US")} examples paired.`);
  if (one.discordant) parts.push(`${one.discordant.better} of them better, ${one.discordant.worse} worse.`);
  return parts.join(" ");
}

/** Where 0 and all differences of a metric fit on one line, with a little room at both ends. */
export function spanOf(differences: readonly RunDifference[]): [number, number] {
  const ends = differences.flatMap((one) => [one.difference, one.interval?.low, one.interval?.high]).filter((end): end is number => typeof end === "number");
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  if (low === high) return [-1, 1];
  const room = (high - low) * 0.12;
  return [low - room, high + room];
}

/** The preview of an example as a person would tell it; one that was cut is no JSON any more and stays as it is. */
export function partsOf(preview: string): Glimpse[] {
  if (!preview.startsWith("{")) return [{ key: "", text: preview }];
  try {
    return glimpse(JSON.parse(preview), 300);
  } catch {
    return [{ key: "", text: preview }];
  }
}

export type Tone = "good" | "bad" | "neutral";

/** Whether a difference of one example is for the better, as the direction of its metric says. */
export function toneOf(direction: ComparedMetric["direction"], difference: number | null | undefined): Tone {
  if (!difference) return "neutral";
  return difference > 0 === (direction === "higher") ? "good" : "bad";
}
