/** The span of time and the width of buckets that an address means. Pure. */
export interface Range {
  value: string;
  label: string;
  hours: number;
}

export const RANGES: readonly Range[] = [
  { value: "1h", label: "1 h", hours: 1 },
  { value: "24h", label: "24 h", hours: 24 },
  { value: "7d", label: "7 d", hours: 24 * 7 },
  { value: "30d", label: "30 d", hours: 24 * 30 },
  { value: "90d", label: "90 d", hours: 24 * 90 },
];
export const USUAL = "7d";

export const GRANULARITIES: readonly { value: string; label: string; seconds: number | undefined }[] = [
  { value: "", label: "Fitting buckets", seconds: undefined },
  { value: "minute", label: "5 minutes", seconds: 300 },
  { value: "hour", label: "Hours", seconds: 3600 },
  { value: "day", label: "Days", seconds: 86_400 },
  { value: "week", label: "Weeks", seconds: 7 * 86_400 },
];

export interface Span {
  start: string;
  end: string | undefined;
}

/** From one moment to another when the address names them, else so far back from now. */
export function spanOf(range: string, start: string, end: string, now: Date): Span {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (!Number.isNaN(from)) return { start: new Date(from).toISOString(), end: Number.isNaN(to) ? undefined : new Date(to).toISOString() };
  const hours = (RANGES.find((one) => one.value === range) ?? RANGES.find((one) => one.value === USUAL)!).hours;
  // To the minute, so that the same view asks for the same.
  const minute = Math.floor(now.getTime() / 60_000) * 60_000;
  return { start: new Date(minute - hours * 3_600_000).toISOString(), end: undefined };
}

/** How wide a bucket is, in words: "6 hours". */
export function widthOf(seconds: number): string {
  for (const [size, word] of [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]] as const) {
    if (seconds >= size && seconds % size === 0) {
      const count = seconds / size;
      return count === 1 ? word : `${count} ${word}s`;
    }
  }
  return `${seconds} seconds`;
}

/** A moment as `datetime-local` fields write it, in the browser's time zone. */
export function localOf(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
