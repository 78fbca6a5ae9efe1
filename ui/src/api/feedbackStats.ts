/** Statistics of feedback, as the server computes them: distributions over time, and how far two sources agree. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";

export type Distributions = Schema<"FeedbackDistributionsRes">;
export type FieldDistribution = Schema<"FieldDistribution">;
export type Agreement = Schema<"FeedbackAgreementRes">;
export type Source = Schema<"FeedbackSource">;

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const REACTION = "wandb.reaction.1";
const NOTE = "wandb.note.1";

/** How much feedback there is since a moment; with a type, how the values in its payloads are distributed. */
export function useDistributions(project: string, start: string, type: string) {
  // What a reaction carries beside its emoji says the same again; notes are texts of their own each.
  const fields = type === REACTION ? ["emoji"] : type === NOTE ? ["note"] : undefined;
  return useQuery({
    queryKey: ["distributions", project, start, type],
    queryFn: ({ signal }) =>
      answer(api.POST("/weft/v1/feedback/distributions", { body: { project_id: project, start, timezone: zone, feedback_type: type || null, fields }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
}

/** How far two sources agree, as soon as both are named. */
export function useAgreement(project: string, left: Source | null, right: Source | null, start: string) {
  return useQuery({
    queryKey: ["agreement", project, left, right, start],
    enabled: left !== null && right !== null,
    queryFn: ({ signal }) => answer(api.POST("/weft/v1/feedback/agreement", { body: { project_id: project, left: left!, right: right!, start, disagreements: 100 }, signal })),
  });
}
