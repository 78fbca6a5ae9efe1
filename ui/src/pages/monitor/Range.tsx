/** How far back one looks, in days; in the address as `days`. */
import { useMemo } from "react";
import { useUrlState } from "@/components/useUrlState";
import { Segments } from "@/design/Tabs";

const CHOICES = [
  { value: "1", label: "1 day" },
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
] as const;
type Days = (typeof CHOICES)[number]["value"];
const HOUR = 3_600_000;

/** The days, and since when that is: a full hour, so that what was asked stays the same for a while. */
export function useRange(): { days: Days; since: string } {
  const given = useUrlState().get("days");
  const days = CHOICES.find((choice) => choice.value === given)?.value ?? "7";
  const since = useMemo(() => new Date(Math.floor(Date.now() / HOUR) * HOUR - Number(days) * 24 * HOUR).toISOString(), [days]);
  return { days, since };
}

export function Range() {
  const url = useUrlState();
  const { days } = useRange();
  return <Segments label="How far back" value={days} choices={CHOICES} onChange={(value) => url.set({ days: value === "7" ? null : value }, true)} />;
}
