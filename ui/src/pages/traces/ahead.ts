/** What the traces ask for first, known from their address alone. */
import type { QueryClient } from "@tanstack/react-query";
import { previewsQuery } from "@/api/previews";
import { viewOf, wantedOf } from "./view";

export function askAhead(client: QueryClient, project: string, params: URLSearchParams): void {
  // A saved view has to be read before it is known which calls it means.
  if (!params.has("view")) void client.prefetchInfiniteQuery(previewsQuery(project, wantedOf(viewOf(params))));
}
