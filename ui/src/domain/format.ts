/** Values as people read them. Pure. */

export function opLabel(opName: string): string {
  const match = /\/op\/([^/:]+):/.exec(opName);
  return match?.[1] ?? opName;
}

export function duration(milliseconds: number | undefined | null): string {
  if (milliseconds === undefined || milliseconds === null || Number.isNaN(milliseconds)) return "–";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  return `${Math.floor(seconds / 3600)}h ${Math.round((seconds % 3600) / 60)}m`;
}

/** Made when first used and kept: to make one takes longer than to draw the row it is for. */
function kept<Format>(make: () => Format): () => Format {
  let made: Format | undefined;
  return () => (made ??= make());
}

const MOMENT = kept(() => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }));
const AGO = kept(() => new Intl.RelativeTimeFormat(undefined, { style: "narrow", numeric: "always" }));
const COMPACT = kept(() => new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }));

export function moment(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "Invalid Date" : MOMENT().format(date);
}

const UNITS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [3600, "minute"],
  [86_400, "hour"],
  [2_592_000, "day"],
  [31_536_000, "month"],
  [Infinity, "year"],
];

/** How long ago, in one unit: "3 min. ago". */
export function ago(iso: string, now: number = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  if (Number.isNaN(seconds)) return iso;
  if (Math.abs(seconds) < 5) return "now";
  let size = 1;
  for (const [limit, unit] of UNITS) {
    if (Math.abs(seconds) < limit) {
      return AGO().format(Math.round(seconds / size), unit);
    }
    size = limit;
  }
  return iso;
}

export function number(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1000 ? String(value) : value.toLocaleString("en-US");
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(4)));
}

/** A large number in three or four characters: 1.2k, 34M. */
export function compact(value: number): string {
  return Math.abs(value) < 1000 && Number.isInteger(value) ? String(value) : COMPACT().format(value);
}

/** Dollars with as many places as make the number tell something. */
export function money(dollars: number | null | undefined): string {
  if (dollars === null || dollars === undefined) return "–";
  if (dollars === 0) return "$0";
  const size = Math.abs(dollars);
  if (size < 0.0001) return "<$0.0001";
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: size < 0.01 ? 5 : size < 1 ? 4 : 2 })}`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 ** 2) return `${(count / 1024).toFixed(1)} KB`;
  return count < 1024 ** 3 ? `${(count / 1024 ** 2).toFixed(1)} MB` : `${(count / 1024 ** 3).toFixed(1)} GB`;
}

/** One line for a table cell; never longer than `limit` characters. */
export function brief(value: unknown, limit = 120): string {
  const text = typeof value === "string" ? value.slice(0, limit * 4) : typeof value === "number" ? number(value) : JSON.stringify(value);
  if (text === undefined) return "–";
  const line = text.replace(/\s+/g, " ");
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Every scalar of a value with its dotted path, in order; the path of a bare scalar is empty. */
export function leavesOf(value: unknown, path = ""): [string, string][] {
  if (value === null || value === undefined) return [];
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path ? `${path}.${key}` : key));
  }
  return [[path, brief(value)]];
}
