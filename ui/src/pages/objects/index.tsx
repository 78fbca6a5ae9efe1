import { useMemo } from "react";
import { type ObjectVersion, useObjects } from "@/api/objects";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { Time } from "@/components/Values";

const LATEST = { latest_only: true, is_op: false };

export default function Objects() {
  const project = useProject();
  const query = useObjects(project.id, LATEST);
  const columns = useMemo<Column<ObjectVersion>[]>(
    () => [
      { id: "name", title: "Object", width: 220, grow: true, narrow: "title", cell: (object) => <Link href={project.href(`weave/objects/${object.object_id}/versions/${object.digest}`)}>{object.object_id}</Link>, sortValue: (object) => object.object_id },
      { id: "class", title: "Class", width: 160, cell: (object) => object.base_object_class ?? "–", sortValue: (object) => object.base_object_class },
      { id: "versions", title: "Versions", width: 100, numeric: true, cell: (object) => object.version_index + 1, sortValue: (object) => object.version_index },
      { id: "published", title: "Published", width: 130, cell: (object) => <Time at={object.created_at} />, sortValue: (object) => object.created_at },
    ],
    [project],
  );
  return (
    <Page title="Datasets & objects" fill>
      <DataTable label="Objects" fill rows={query.data ?? []} columns={columns} rowKey={(object) => object.object_id}
        rowHref={(object) => project.href(`weave/objects/${object.object_id}/versions/${object.digest}`)} loading={query.isPending} error={query.error} onRetry={() => void query.refetch()}
        empty={<EmptyState title="Nothing published yet" icon="objects" code={`weave.publish({"threshold": 0.7}, name="settings")`} />} />
    </Page>
  );
}
