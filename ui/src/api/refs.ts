/** What refs point at. */
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "./client";

/** The value of a ref; null when there is none, or none that may be seen. Versions never change, so it is kept. */
export function useRefValue(ref: string) {
  return useQuery({
    queryKey: ["ref", ref],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<unknown> => (await answer(api.POST("/refs/read_batch", { body: { refs: [ref] }, signal }))).vals[0] ?? null,
  });
}
