/** The versions of an object, newest first; two that are chosen are compared. */
import { useMemo, useState } from "react";
import { type ListedVersion, type ObjectVersion, useVersions } from "@/api/objects";
import { type Column, DataTable } from "@/components/DataTable";
import { Link, useGo } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { bytes, counted } from "@/domain/format";
import styles from "./Object.module.css";

export function Versions({ object }: { object: ObjectVersion }) {
  const project = useProject();
  const go = useGo();
  const list = useVersions(project.id, object.object_id, object.kind);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.versions) ?? [], [list.data]);
  const hrefOf = (row: ListedVersion) => project.href(`weave/${row.kind}s/${row.object_id}/versions/${row.digest}`);
  const columns = useMemo(
    (): Column<ListedVersion>[] => [
      { id: "version", title: "Version", width: 140, narrow: "title", cell: (row) => (
        <span className="row">
          <Link href={project.href(`weave/${row.kind}s/${row.object_id}/versions/${row.digest}`)} aria-current={row.digest === object.digest ? "page" : undefined}>v{row.version_index}</Link>
          {row.digest === object.digest && <span className="quiet small">shown</span>}
        </span>
      ) },
      { id: "labels", title: "Tags & aliases", width: 180, grow: true, narrow: "brief", cell: (row) => (
        <span className={styles["labels"]}>
          {row.aliases.map((name) => <Badge key={`a ${name}`} tone={name === "latest" ? "good" : "accent"}>{name}</Badge>)}
          {row.tags.map((name) => <Badge key={name}>{name}</Badge>)}
        </span>
      ) },
      { id: "published", title: "Published", width: 110, narrow: "brief", cell: (row) => <Time at={row.created_at} /> },
      { id: "user", title: "By", width: 120, narrow: "brief", cell: (row) => row.user ?? <span className="quiet">–</span> },
      { id: "size", title: "Size", width: 80, numeric: true, narrow: "hide", hint: "Of the value itself, without rows and files", cell: (row) => bytes(row.size_bytes) },
      { id: "digest", title: "Digest", width: 150, narrow: "hide", cell: (row) => <code title={row.digest}>{row.digest.slice(0, 16)}</code> },
    ],
    [project, object.digest],
  );
  // From the older to the newer of the two, whichever was chosen first.
  const chosen = rows.filter((row) => selected.has(row.digest)).sort((a, b) => a.version_index - b.version_index);
  const pair = chosen.length === 2 ? ([chosen[0]!, chosen[1]!] as const) : null;
  return (
    <div className="stack">
      <div className={styles["tools"]}>
        <span className="quiet">{chosen.length === 0 ? "Choose two versions to compare them." : pair ? `v${pair[0].version_index} and v${pair[1].version_index} are chosen.` : `${counted(chosen.length, "version")} chosen; two are compared.`}</span>
        <span className="push" />
        <Button icon="compare" kind={pair ? "primary" : "plain"} disabled={pair === null} onClick={() => pair && go(diffHref(project.href, object, pair[0].digest, pair[1].digest))}>
          Compare
        </Button>
      </div>
      <DataTable
        label="Versions"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.digest}
        rowHref={hrefOf}
        marked={object.digest}
        selection={{ selected, onChange: setSelected }}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        total={list.data?.pages[0]?.total}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
      />
    </div>
  );
}

export function diffHref(href: (path: string) => string, object: ObjectVersion, from: string, to: string): string {
  return href(`weave/${object.kind}s/${object.object_id}/diff?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`);
}
