/** Datasets, models, prompts, scorers, evaluations, ops and every other published object, each by its newest version. */
import { useMemo } from "react";
import { type Family, type ListedObject, type ObjectsWanted, useObjectList } from "@/api/objects";
import { type Column, DataTable, type Sort } from "@/components/DataTable";
import { FamilyBadge } from "@/components/FamilyBadge";
import { Link, usePathname } from "@/components/Link";
import { Page } from "@/components/Page";
import { SearchBox } from "@/components/SearchBox";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { bytes, counted } from "@/domain/format";
import { FAMILIES, familyOf } from "./families";
import styles from "./Objects.module.css";

const SORTS: readonly ObjectsWanted["sort"][] = ["-published", "published", "name", "-name"];

function useWanted(): ObjectsWanted {
  const url = useUrlState();
  const pathname = usePathname();
  const [kind, search, asked] = [url.get("kind"), url.get("q"), url.get("sort")];
  return useMemo(
    () => ({ family: familyOf(kind, pathname), search: search.trim(), sort: SORTS.find((sort) => sort === asked) ?? "-published" }),
    [kind, pathname, search, asked],
  );
}

export default function Objects() {
  const project = useProject();
  const url = useUrlState();
  const wanted = useWanted();
  const list = useObjectList(project.id, wanted);
  const rows = useMemo(() => unique(list.data?.pages.flatMap((page) => page.objects) ?? []), [list.data]);
  const first = list.data?.pages[0];
  const columns = useMemo(() => columnsOf((row) => project.href(`weave/${row.kind}s/${row.object_id}/versions/${row.digest}`)), [project]);
  const sort = useMemo<Sort>(() => ({ id: wanted.sort.replace(/^-/, ""), desc: wanted.sort.startsWith("-") }), [wanted.sort]);
  const family = FAMILIES.find((one) => one.value === wanted.family);
  return (
    <Page title={family ? family.label : "Datasets & objects"} fill facts={first && <span className="number">{counted(first.total, family?.noun ?? "object")}{wanted.search ? ` with “${wanted.search}”` : ""}</span>}>
      <div className={styles["tools"]}>
        <SearchBox label="Search by name or class" value={url.get("q")} onChange={(q) => url.set({ q }, true)} className={styles["search"]} />
      </div>
      <Kinds counts={first?.families} current={wanted.family} />
      <DataTable
        label="Objects"
        fill
        rows={rows}
        columns={columns}
        rowKey={(row) => `${row.kind}/${row.object_id}`}
        rowHref={(row) => project.href(`weave/${row.kind}s/${row.object_id}/versions/${row.digest}`)}
        sort={sort}
        onSort={(next) => url.set({ sort: next === null || (next.id === "published" && next.desc) ? null : `${next.desc ? "-" : ""}${next.id}` })}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        total={first?.total}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={<Nothing wanted={wanted} />}
      />
    </Page>
  );
}

/** Objects that were published while pages were read push others over the edge: each is shown once. */
function unique(rows: readonly ListedObject[]): ListedObject[] {
  return [...new Map(rows.map((row) => [`${row.kind}/${row.object_id}`, row])).values()];
}

function Kinds({ counts, current }: { counts: Record<string, number> | undefined; current: Family | undefined }) {
  const project = useProject();
  const url = useUrlState();
  const hrefOf = (kind: string) => {
    const kept = new URLSearchParams({ ...(kind ? { kind } : {}), ...(url.get("q") ? { q: url.get("q") } : {}), ...(url.get("sort") ? { sort: url.get("sort") } : {}) });
    return `${project.href("weave/objects")}${kept.size > 0 ? `?${kept}` : ""}`;
  };
  const all = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <nav className={styles["kinds"]} aria-label="Kinds of objects">
      {[{ value: undefined, label: "Everything" }, ...FAMILIES].map(({ value, label }) => (
        <Link key={label} href={hrefOf(value ?? "")} aria-current={value === current ? "page" : undefined}>
          {label} {counts && <span className={styles["count"]}>{((value ? counts[value] : all) ?? 0).toLocaleString("en-US")}</span>}
        </Link>
      ))}
    </nav>
  );
}

function Nothing({ wanted }: { wanted: ObjectsWanted }) {
  const url = useUrlState();
  const family = FAMILIES.find((one) => one.value === wanted.family);
  if (wanted.search) {
    return (
      <EmptyState title="Nothing matches" icon="search">
        <Button onClick={() => url.set({ q: null, kind: null })}>Search for it among everything</Button>{" "}
        <Button onClick={() => url.set({ q: null })}>Clear the search</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState title={`No ${family?.noun ?? "object"} published yet`} icon="objects" code={(family ?? FAMILIES[0]!).code}>
      Run this with the SDK, and it is here; publishing changed content again makes the next version.
    </EmptyState>
  );
}

function columnsOf(hrefOf: (row: ListedObject) => string): Column<ListedObject>[] {
  return [
    { id: "name", title: "Name", width: 220, grow: true, narrow: "title", sortable: true, cell: (row) => <Link href={hrefOf(row)} className={`cut ${styles["name"]}`}>{row.object_id}</Link> },
    { id: "kind", title: "Kind", width: 108, narrow: "brief", cell: (row) => <FamilyBadge family={row.family} leaf={row.leaf_object_class} /> },
    { id: "class", title: "Class", width: 120, narrow: "brief", cell: (row) => classOf(row) ?? <span className="quiet">–</span> },
    { id: "versions", title: "Versions", width: 128, narrow: "brief", hint: "The newest, and how many there are that were not deleted", cell: (row) => <span className="number">v{row.version_index} <span className="quiet">{counted(row.versions, "version")}</span></span> },
    { id: "labels", title: "Tags & aliases", width: 150, narrow: "brief", cell: (row) => <Labels row={row} /> },
    { id: "published", title: "Published", width: 104, narrow: "brief", sortable: true, hint: "When the newest version was published first", cell: (row) => <Time at={row.created_at} /> },
    { id: "user", title: "By", width: 96, narrow: "brief", cell: (row) => row.user ?? <span className="quiet">–</span> },
    { id: "size", title: "Size", width: 76, numeric: true, narrow: "hide", hint: "Of the value itself, without rows and files", cell: (row) => bytes(row.size_bytes) },
  ];
}

/** The class, where it says more than the kind. */
const classOf = (row: ListedObject) => (row.leaf_object_class?.toLowerCase() === row.family ? null : row.leaf_object_class);

function Labels({ row }: { row: ListedObject }) {
  const aliases = row.aliases.filter((name) => name !== "latest");
  if (aliases.length + row.tags.length === 0) return <span className="quiet">–</span>;
  return (
    <span className={styles["labels"]}>
      {aliases.map((name) => <Badge key={name} tone="accent" title="Alias of the newest version">{name}</Badge>)}
      {row.tags.map((name) => <Badge key={name} title="Tag of the newest version">{name}</Badge>)}
    </span>
  );
}
