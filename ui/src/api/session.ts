/** Who the browser is to the server, and the projects it may see. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "./client";

export type Session = Schema<"SessionRes">;
export type ProjectSummary = Schema<"ProjectSummary">;

export const useSession = () => useQuery({ queryKey: ["session"], queryFn: () => answer(api.GET("/weft/v1/session")), staleTime: 60_000 });

export function useProjects() {
  return useQuery({ queryKey: ["projects"], queryFn: async () => (await answer(api.GET("/weft/v1/projects"))).projects, staleTime: 30_000 });
}

export async function signIn(key: string): Promise<void> {
  await answer(api.POST("/weft/v1/session", { body: { key } }));
}

export async function signOut(): Promise<void> {
  await answer(api.DELETE("/weft/v1/session"));
}
