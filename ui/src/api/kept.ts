/** What a list shows while it is asked for again: the rows of before, as long as they are rows of the same thing. */

interface Asked {
  queryKey: readonly unknown[];
}

/**
 * For `placeholderData`: keeps what the query before answered when its key begins the same way.
 * Another order or filter keeps the rows on the page; another project or object must not show the first one's.
 */
export function keptOf(...same: readonly string[]) {
  return <Data>(before: Data | undefined, query: Asked | undefined): Data | undefined => (query && same.every((part, at) => query.queryKey[at] === part) ? before : undefined);
}
