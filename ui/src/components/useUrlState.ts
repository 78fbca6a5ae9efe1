/** The state of a view in its address, so that it can be linked and Back works. */
import { useRouter, useRouterState } from "@tanstack/react-router";
import { useMemo } from "react";

type Values = Record<string, string | readonly string[] | null | undefined>;

export interface UrlState {
  /** The value of a name; empty when there is none. */
  get: (name: string) => string;
  all: (name: string) => string[];
  /** Change some; null, empty text and empty lists take a name away. Pushes unless `replace`. */
  set: (values: Values, replace?: boolean) => void;
  /** The address with some values changed. */
  href: (values: Values) => string;
}

/** The search text with some values changed. Pure. */
export function changedSearch(search: string, values: Values): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(values)) {
    params.delete(name);
    for (const item of typeof value === "string" ? [value] : (value ?? [])) if (item !== "") params.append(name, item);
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

export function useUrlState(): UrlState {
  const { history } = useRouter();
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  return useMemo(() => {
    const params = new URLSearchParams(search);
    const href = (values: Values) => pathname + changedSearch(search, values);
    return {
      get: (name) => params.get(name) ?? "",
      all: (name) => params.getAll(name),
      set: (values, replace = false) => (replace ? history.replace(href(values)) : history.push(href(values))),
      href,
    };
  }, [history, pathname, search]);
}
