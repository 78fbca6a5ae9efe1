/** What figures of agreement mean in words, and types of feedback as people call them. Pure. */

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** The words of Landis and Koch (1977) for kappa; a convention, which is why the interval is told beside it. */
export function wordOfKappa(value: number): string {
  if (value < 0) return "worse than chance";
  if (value <= 0.2) return "slight";
  if (value <= 0.4) return "fair";
  if (value <= 0.6) return "moderate";
  return value <= 0.8 ? "substantial" : "almost perfect";
}

/** One sentence about a kappa and how sure it is. */
export function kappaInWords(kappa: Interval): string {
  const [low, high] = [wordOfKappa(kappa.low), wordOfKappa(kappa.high)];
  const word = kappa.value < 0 ? "They agree less than chance would have them" : `The agreement beyond chance is ${wordOfKappa(kappa.value)}`;
  return low === high ? `${word}, and the interval says the same.` : `${word}, but the interval reaches from ${low} to ${high}.`;
}

const KINDS: [string, string][] = [["wandb.runnable.", "score"], ["wandb.annotation.", "annotation"]];
const NAMES: Record<string, string> = { "wandb.note.1": "note", "wandb.reaction.1": "reaction", "wandb.agent_monitor": "agent monitor", "wandb.agent_user_feedback": "user feedback on agents" };

/** A type of feedback as its name and what kind of thing it is. */
export function typeInWords(type: string): { name: string; kind: string } {
  const known = KINDS.find(([prefix]) => type.startsWith(prefix));
  if (known) return { name: type.slice(known[0].length), kind: known[1] };
  const name = NAMES[type];
  return name ? { name, kind: "" } : { name: type, kind: "custom" };
}

/** `yes=true, no=false` as a map of labels; what cannot be read is left out. */
export function labelsOf(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => pair.split("=").map((part) => part.trim()));
  return Object.fromEntries(pairs.filter((pair) => pair.length === 2 && pair[0] && pair[1]) as [string, string][]);
}
