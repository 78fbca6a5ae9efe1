/** Scopes of keys: everything, an entity, or one project. Pure. */

/** Whether a scope (`*`, `entity/*` or `entity/project`) takes in a project. */
export function reaches(scope: string, project: string): boolean {
  return scope === "*" || scope === project || (scope.endsWith("/*") && project.startsWith(scope.slice(0, -1)));
}

export const scopeLabel = (scope: string): string => (scope === "*" ? "all projects" : scope.endsWith("/*") ? `all of ${scope.slice(0, -2)}` : scope);
