/** Values as people read them. Pure. */

export function opLabel(opName: string): string {
  const match = /\/op\/([^/:]+):/.exec(opName);
  return match?.[1] ?? opName;
}

export function duration(milliseconds: number | undefined | null): string {
  if (milliseconds === undefined || milliseconds === null) return "–";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

export function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

/** One line for a table cell; never longer than `limit` characters. */
export function brief(value: unknown, limit = 120): string {
  const text = typeof value === "string" ? value : typeof value === "number" ? number(value) : JSON.stringify(value);
  if (text === undefined) return "–";
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;
}

/** The name a ref ends in: its object, op or call. */
export function refLabel(ref: string): string {
  return /\/(?:object|op|call)\/([^/:]+)/.exec(ref)?.[1] ?? ref;
}

/** Where a ref's page is, or null when it has none here. */
export function pageOfRef(ref: string): string | null {
  const match = /^weave:\/\/\/([^/]+)\/([^/]+)\/(object|op|call)\/([^/:]+)(?::([^/]+))?/.exec(ref);
  if (!match) return null;
  const [, entity, project, kind, name, version] = match;
  if (kind === "call") return `/${entity}/${project}/r/call/${name}`;
  return `/${entity}/${project}/weave/${kind}s/${name}/versions/${version ?? "latest"}`;
}

/** Every scalar of a value with its dotted path, in order; the path of a bare scalar is empty. */
export function leavesOf(value: unknown, path = ""): [string, string][] {
  if (value === null || value === undefined) return [];
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path ? `${path}.${key}` : key));
  }
  return [[path, brief(value)]];
}
