/** Days from now, as people read them. Pure. */

export function dayOfRemoval(days: number, now: number): string {
  return new Date(now + days * 86_400_000).toLocaleDateString("en-US", { dateStyle: "medium", timeZone: "UTC" });
}
