/** The versions of a monitor: only the latest counts. */
import { useMemo } from "react";
import { useVersions } from "@/api/monitors";
import type { ObjectVersion } from "@/api/scoring";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { type ProjectName, useProject } from "@/components/useProject";
import { Time } from "@/components/Values";
import { Badge } from "@/design/Badge";

export function Versions({ name }: { name: string }) {
  const project = useProject();
  const query = useVersions(project.id, name);
  const columns = useMemo(() => columnsOf(project), [project]);
  return (
    <DataTable label="Versions" rows={query.data ?? []} columns={columns} rowKey={(version) => version.digest} rowHref={(version) => hrefOf(project, version)} loading={query.isPending} error={query.error}
      onRetry={() => void query.refetch()} />
  );
}

const hrefOf = (project: ProjectName, version: ObjectVersion) => project.href(`weave/objects/${encodeURIComponent(version.object_id)}/versions/${version.digest}`);

function columnsOf(project: ProjectName): Column<ObjectVersion>[] {
  return [
    {
      id: "version",
      title: "Version",
      width: 180,
      narrow: "title",
      cell: (version) => (
        <span className="row">
          <Link href={hrefOf(project, version)}>v{version.version_index}</Link>
          {version.is_latest === 1 && <Badge tone="accent">counts now</Badge>}
        </span>
      ),
    },
    { id: "digest", title: "Digest", width: 140, grow: true, cell: (version) => <code title={version.digest}>{version.digest.slice(0, 12)}</code> },
    { id: "kind", title: "Kind", width: 150, narrow: "brief", cell: (version) => version.leaf_object_class ?? version.base_object_class },
    { id: "at", title: "Published", width: 120, narrow: "brief", cell: (version) => <Time at={version.created_at} /> },
  ];
}
