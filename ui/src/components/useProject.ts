/** The project that the address names. */
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";

export interface ProjectName {
  entity: string;
  name: string;
  /** "entity/name", as the API takes it. */
  id: string;
  /** The address of something of the project: `href("weave/traces")`. */
  href: (path: string) => string;
}

export function useProject(): ProjectName {
  const { entity = "", project = "" } = useParams({ strict: false }) as { entity?: string; project?: string };
  return useMemo(
    () => ({
      entity,
      name: project,
      id: `${entity}/${project}`,
      href: (path) => `/${encodeURIComponent(entity)}/${encodeURIComponent(project)}/${path}`,
    }),
    [entity, project],
  );
}

/** A parameter of the page's address, decoded; empty when the address has none. */
export function useParam(name: string): string {
  return (useParams({ strict: false }) as Record<string, string | undefined>)[name] ?? "";
}
