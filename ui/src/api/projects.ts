/** How much projects hold and when something last came in; which there are is session.ts's, which every page needs. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";

export type ProjectActivity = Schema<"ProjectActivityEntry">;

/** By `entity/name`; another request, so that nobody waits for it to see names. */
export function useActivity(allowed: boolean) {
  return useQuery({
    queryKey: ["activity"],
    enabled: allowed,
    queryFn: async ({ signal }) => new Map((await answer(api.GET("/weft/v1/projects/activity", { signal }))).projects.map((one) => [`${one.entity}/${one.name}`, one])),
    staleTime: 15_000,
  });
}

/** The role in a project that every role includes or not; from the least to the most. */
export const ROLES = ["viewer", "annotator", "member", "admin"] as const;
export type RoleName = (typeof ROLES)[number];
export const atLeast = (role: RoleName | undefined, wanted: RoleName): boolean => role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(wanted);
