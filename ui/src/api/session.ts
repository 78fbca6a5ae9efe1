/** Who the browser is to the server, and the projects it may see. */
import { get, post } from "./client";

export interface ProjectName {
  entity: string;
  name: string;
}

export async function listProjects(): Promise<ProjectName[]> {
  return (await get<{ projects: ProjectName[] }>("/weft/v1/projects")).projects;
}

export async function signIn(key: string): Promise<void> {
  await post("/weft/v1/session", { key });
}
