import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { listVersions, type ObjectVersion, readObject, readSource } from "../api/objects";
import { JsonView } from "../components/JsonView";
import { Loaded } from "../components/parts";
import { moment } from "../format";

/** One version of an object or op; a leaderboard's link has no version and means the latest. */
export function ObjectPage() {
  const params = useParams({ strict: false }) as { entity: string; project: string; name: string; digest?: string };
  const project = `${params.entity}/${params.project}`;
  const query = useQuery({
    queryKey: ["object", project, params.name, params.digest],
    queryFn: () => readObject(project, params.name, params.digest ?? "latest"),
  });
  return (
    <Loaded query={query}>
      {(object) => (
        <article>
          <h1>
            {object.object_id} <small>v{object.version_index}</small>
          </h1>
          <p className="facts">
            {object.base_object_class ?? object.kind} · {moment(object.created_at)} · <code>{object.digest}</code>
          </p>
          {object.kind === "op" && <Source project={project} op={object} />}
          <section>
            <h2>Value</h2>
            <JsonView value={object.val} />
          </section>
          <Versions project={project} object={object} />
        </article>
      )}
    </Loaded>
  );
}

function Source({ project, op }: { project: string; op: ObjectVersion }) {
  const query = useQuery({ queryKey: ["source", op.digest], queryFn: () => readSource(project, op) });
  return (
    <section>
      <h2>Code</h2>
      <Loaded query={query}>{(text) => <pre>{text ?? "No source was captured."}</pre>}</Loaded>
    </section>
  );
}

function Versions({ project, object }: { project: string; object: ObjectVersion }) {
  const query = useQuery({
    queryKey: ["versions", project, object.object_id],
    queryFn: () => listVersions(project, object.object_id),
  });
  return (
    <section>
      <h2>Versions</h2>
      <Loaded query={query}>
        {(versions) => (
          <ul>
            {versions.map((version) => (
              <li key={version.digest}>
                <a href={`/${project}/weave/${version.kind}s/${version.object_id}/versions/${version.digest}`}>
                  v{version.version_index}
                </a>{" "}
                {moment(version.created_at)} {version.is_latest === 1 && "· latest"}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
