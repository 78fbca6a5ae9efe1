/** Prices per million tokens, as providers publish them, and per token, as they are stored. Pure. */

const MILLION = 1_000_000;

/** Dollars per token of a typed price per million; null when it is none. */
export function perToken(text: string): number | null {
  const value = Number(text.trim());
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) return null;
  return Number((value / MILLION).toPrecision(12));
}

export function perMillion(dollars: number | null | undefined): string {
  if (dollars === null || dollars === undefined) return "–";
  return `$${Number((dollars * MILLION).toPrecision(10))}`;
}
