import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { listObjects, type ObjectVersion } from "../api/objects";
import { Empty, Loaded } from "../components/parts";
import { type Column, Table } from "../components/Table";
import { moment } from "../format";

export function Objects() {
  const { entity, project } = useParams({ strict: false }) as { entity: string; project: string };
  const name = `${entity}/${project}`;
  const query = useQuery({ queryKey: ["objects", name], queryFn: () => listObjects(name) });
  const columns: Column<ObjectVersion>[] = [
    {
      title: "Object",
      cell: (object) => (
        <a href={`/${name}/weave/objects/${object.object_id}/versions/${object.digest}`}>{object.object_id}</a>
      ),
    },
    { title: "Class", cell: (object) => object.base_object_class ?? "" },
    { title: "Versions", cell: (object) => object.version_index + 1, numeric: true },
    { title: "Published", cell: (object) => moment(object.created_at) },
  ];
  return (
    <>
      <h1>Objects</h1>
      <Loaded query={query}>
        {(objects) =>
          objects.length === 0 ? (
            <Empty title="Nothing published yet">
              <pre>{`weave.publish({"threshold": 0.7}, name="settings")`}</pre>
            </Empty>
          ) : (
            <Table rows={objects} columns={columns} rowKey={(object) => object.object_id} label="Objects" />
          )
        }
      </Loaded>
    </>
  );
}
