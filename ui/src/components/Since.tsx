/** From when on: a few spans of time in the address as `since`; everything when it is not there. */
import { useMemo } from "react";
import { Segments } from "@/design/Tabs";
import { useUrlState } from "./useUrlState";

const DAYS = { "24h": 1, "7d": 7, "30d": 30 } as const;
type Span = keyof typeof DAYS | "all";
const CHOICES: readonly { value: Span; label: string }[] = [
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 d" },
  { value: "30d", label: "30 d" },
  { value: "all", label: "All" },
];
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The moment that the address asks for as an ISO time; the same one as long as the address stays. */
export function useSince(initial: Span = "all"): { span: Span; since: string | undefined } {
  const asked = useUrlState().get("since");
  const span = CHOICES.some((choice) => choice.value === asked) ? (asked as Span) : initial;
  const since = useMemo(() => (span === "all" ? undefined : new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - DAYS[span] * DAY_MS).toISOString()), [span]);
  return { span, since };
}

export function Since({ initial = "all", without }: { initial?: Span; without?: Span }) {
  const url = useUrlState();
  const { span } = useSince(initial);
  return <Segments label="Since" value={span} choices={CHOICES.filter((choice) => choice.value !== without)} onChange={(value) => url.set({ since: value === initial ? null : value })} />;
}
