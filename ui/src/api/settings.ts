/** What can be set: keys, how long data is kept, secrets; and what the server says of itself. */
import { useQuery } from "@tanstack/react-query";
import { ApiError, answer, api, type Schema } from "./client";

export type Key = Schema<"KeySummary">;
export type NewKey = Schema<"KeyCreateReq">;
export type Role = NewKey["role"];
export type Secret = Schema<"SecretSummary">;
export type SettingsChange = Schema<"ProjectSettingsChange">;
export type ProjectSettings = Schema<"ProjectSettingsRes">;

/** Every key that is not revoked; for administrators of the server. */
export const useKeysOfServer = (allowed: boolean) =>
  useQuery({ queryKey: ["keys"], enabled: allowed, queryFn: async () => (await answer(api.GET("/weft/v1/keys"))).keys });

export async function createKey(body: NewKey): Promise<string> {
  return (await answer(api.POST("/weft/v1/keys", { body }))).key;
}

export async function revokeKey(id: string): Promise<void> {
  await answer(api.DELETE("/weft/v1/keys/{key_id}", { params: { path: { key_id: id } } }));
}

export interface Kept {
  retention_days: number | null;
  sample_rate: number;
  sample_dry_run: boolean;
  pii_policy: "off" | "pii-v1";
}

/** What happens to what is written, as everybody of the project may know it. */
export function useKept(project: string) {
  return useQuery({
    queryKey: ["kept", project],
    queryFn: async ({ signal }): Promise<Kept> => {
      const body = { project_id: project };
      const [ttl, sampling, privacy] = await Promise.all([
        answer(api.POST("/project/ttl_settings/read", { body, signal })),
        answer(api.POST("/project/ingest_sampling_settings/read", { body, signal })),
        answer(api.GET("/project/sensitive_data_settings", { params: { query: body }, signal })),
      ]);
      return { retention_days: ttl.retention_days, sample_rate: sampling.sample_rate, sample_dry_run: sampling.dry_run, pii_policy: privacy.policy };
    },
  });
}

const path = (project: string) => {
  const [entity = "", name = ""] = project.split("/");
  return { entity, project: name };
};

/** All settings with their history; for administrators of the project. */
export const useProjectSettings = (project: string, allowed: boolean) =>
  useQuery({
    queryKey: ["project-settings", project],
    enabled: allowed,
    queryFn: ({ signal }) => answer(api.GET("/weft/v1/projects/{entity}/{project}/settings", { params: { path: path(project) }, signal })),
  });

export async function changeSettings(project: string, body: SettingsChange): Promise<ProjectSettings> {
  return answer(api.PUT("/weft/v1/projects/{entity}/{project}/settings", { params: { path: path(project) }, body }));
}

/** Bytes that the project's data takes. */
export const useSizes = (project: string) =>
  useQuery({ queryKey: ["sizes", project], queryFn: ({ signal }) => answer(api.POST("/project/stats", { body: { project_id: project }, signal })), staleTime: 60_000 });

export const useSecrets = (project: string, allowed: boolean) =>
  useQuery({
    queryKey: ["secrets", project],
    enabled: allowed,
    queryFn: async ({ signal }) => (await answer(api.GET("/weft/v1/projects/{entity}/{project}/secrets", { params: { path: path(project) }, signal }))).secrets,
  });

export async function putSecret(project: string, name: string, value: string, hosts: string[]): Promise<void> {
  await answer(api.PUT("/weft/v1/projects/{entity}/{project}/secrets/{name}", { params: { path: { ...path(project), name } }, body: { value, hosts } }));
}

export async function removeSecret(project: string, name: string): Promise<void> {
  await answer(api.DELETE("/weft/v1/projects/{entity}/{project}/secrets/{name}", { params: { path: { ...path(project), name } } }));
}

export interface ServerState {
  version: string;
  status: string;
  unavailable: string[];
  scoring: string;
}

/** Which version runs, whether its stores answer, what its worker does. */
export function useServer() {
  return useQuery({
    queryKey: ["server"],
    refetchInterval: 10_000,
    queryFn: async ({ signal }): Promise<ServerState> => {
      const info = await answer(api.GET("/server_info", { signal }));
      // A server that is not ready says so with 503 and the same words.
      const response = await fetch("/ready", { signal });
      if (!response.ok && response.status !== 503) throw new ApiError(response.status, `The server answered ${response.status}.`);
      const { status, unavailable, scoring } = (await response.json()) as Schema<"ReadyRes">;
      return { version: info.trace_server_version, status, unavailable, scoring };
    },
  });
}
