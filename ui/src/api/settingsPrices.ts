/** Prices of models: the project's own, the published ones, and the models that have none. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";
import { keptOf } from "./kept";

export type OwnPrice = Schema<"CostQueryOutput">;
export type NewPrice = Schema<"CostCreateInput">;
export type PublishedPrice = Schema<"ListPrice">;

const MOST_OWN = 500;
const DAYS = 30;

/** The prices that the project set for itself, the newest first. */
export const useOwnPrices = (project: string) =>
  useQuery({
    queryKey: ["prices", project],
    queryFn: async ({ signal }) =>
      (await answer(api.POST("/cost/query", { body: { project_id: project, sort_by: [{ field: "effective_date", direction: "desc" }], limit: MOST_OWN }, signal }))).results,
  });

export async function addPrice(project: string, model: string, price: NewPrice): Promise<void> {
  await answer(api.POST("/cost/create", { body: { project_id: project, costs: { [model]: price } } }));
}

export async function removePrice(project: string, id: string): Promise<void> {
  const query = { $expr: { $eq: [{ $getField: "id" }, { $literal: id }] } } as never;
  await answer(api.POST("/cost/purge", { body: { project_id: project, query } }));
}

/** Models used in the last 30 days of which nobody knows a price. */
export function useUnpriced(project: string) {
  return useQuery({
    queryKey: ["unpriced", project],
    queryFn: async ({ signal }) => {
      const start = new Date(Date.now() - DAYS * 86_400_000).toISOString();
      return (await answer(api.GET("/weft/v1/usage", { params: { query: { project_id: project, start, by: "model", groups: 1 } }, signal }))).unpriced_models;
    },
    staleTime: 60_000,
  });
}

export function usePublishedPrices(search: string) {
  return useInfiniteQuery({
    queryKey: ["published-prices", search],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => answer(api.GET("/weft/v1/prices/defaults", { params: { query: { search, limit: 100, offset: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_offset ?? undefined,
    placeholderData: keptOf("published-prices"),
    staleTime: Infinity,
  });
}
