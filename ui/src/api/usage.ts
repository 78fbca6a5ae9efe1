/** Usage and cost over time, as the server sums it up. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";
import { keptOf } from "./kept";

export type Usage = Schema<"UsageOverTimeRes">;
export type UsageGroup = Schema<"UsageGroup">;
export type UsageFigures = Schema<"UsageFigures">;
export type By = "none" | "model" | "op" | "user";

export interface UsageWanted {
  start: string;
  /** Absent is now. */
  end: string | undefined;
  /** Seconds of a bucket; absent leaves it to the server. */
  granularity: number | undefined;
  by: By;
  groups: number;
}

export const timezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function useUsage(project: string, wanted: UsageWanted) {
  return useQuery({
    queryKey: ["usage", project, wanted],
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/usage", { params: { query: { project_id: project, timezone: timezone(), ...wanted } }, signal })),
    placeholderData: keptOf("usage", project),
    staleTime: 30_000,
  });
}
