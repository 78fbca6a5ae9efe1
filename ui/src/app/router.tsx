/** The router, made from the places. Search texts stay as they are typed: views read them as URLSearchParams. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Page } from "@/components/Page";
import { ErrorState, Skeleton } from "@/components/States";
import { Layout } from "./Layout";
import { NotFound } from "./NotFound";
import { AHEAD, OUTSIDE, PLACES } from "./places";

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound });

/** Every address pattern with the page it opens. */
export const ADDRESSES = [
  ...Object.entries(OUTSIDE),
  ...PLACES.flatMap((place) => Object.entries(place.paths).map(([path, page]) => [`/$entity/$project/${path}`, page] as const)),
];

const PAGES = new Map(ADDRESSES.map(([path, page]) => [path as string, page]));
const routes = ADDRESSES.map(([path, page]) => createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(page) }));

function parseSearch(text: string): Record<string, string | string[]> {
  const params = new URLSearchParams(text);
  return Object.fromEntries([...new Set(params.keys())].map((name) => [name, params.getAll(name)]));
}

function stringifySearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((item) => [name, String(item)]));
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs as [string, string][])}`;
}

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch,
  stringifySearch,
  notFoundMode: "root",
  defaultPendingComponent: () => (
    <Page title="Loading" heading={<span className="hidden">Loading</span>}>
      <Skeleton lines={6} />
    </Page>
  ),
  defaultErrorComponent: ({ error }) => <ErrorState error={error instanceof Error ? error : new Error(String(error))} onRetry={() => location.reload()} />,
  defaultPendingMs: 150,
  // A page that is here is shown: the skeleton need not stay its half second.
  defaultPendingMinMs: 0,
  defaultPreload: false,
});

/** Begin to fetch the page of an address, and what that page asks for first, before anything is drawn. */
export async function fetchAhead(client: QueryClient, { pathname, search }: Pick<Location, "pathname" | "search">): Promise<void> {
  const [, params, found] = router.getMatchedRoutes(pathname);
  const load = found && PAGES.get(found.fullPath);
  if (!load) return;
  AHEAD.get(load)?.(client, `${params["entity"]}/${params["project"]}`, new URLSearchParams(search));
  await load();
}
