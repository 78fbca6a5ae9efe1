/** Result tables of evaluation runs. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";

export type ResultRow = Schema<"EvalResultsRow">;
export type Trial = Schema<"EvalResultsTrial">;

export const useResults = (entity: string, project: string, run: string) =>
  useQuery({
    queryKey: ["results", entity, project, run],
    queryFn: () =>
      answer(
        api.POST("/v2/{entity}/{project}/eval_results/query", {
          params: { path: { entity, project } },
          body: { evaluation_call_ids: [run], include_raw_data_rows: true, resolve_row_refs: true, limit: 200 },
        }),
      ),
  });
