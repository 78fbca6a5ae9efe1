/** Paths into JSON as the query language writes them: `inputs.a\.b.0`. Pure. */

/** The keys of a path; a backslash makes the dot after it part of a key. */
export function keysOf(path: string): string[] {
  const keys = [""];
  for (let at = 0; at < path.length; at++) {
    const sign = path[at]!;
    if (sign === "\\" && path[at + 1] === ".") {
      keys[keys.length - 1] += ".";
      at++;
    } else if (sign === ".") keys.push("");
    else keys[keys.length - 1] += sign;
  }
  return keys;
}

export function pathOf(keys: readonly (string | number)[]): string {
  return keys.map((key) => String(key).replaceAll(".", "\\.")).join(".");
}

/** What is at a path, undefined when nothing is. Only own keys count: `__proto__` is a key like any other. */
export function valueAt(value: unknown, path: string): unknown {
  let found = value;
  for (const key of keysOf(path)) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
