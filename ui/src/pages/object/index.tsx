import { type ObjectVersion, useObject, useObjects, useSource } from "@/api/objects";
import { Code } from "@/components/Code";
import { JsonView } from "@/components/JsonView";
import { Link } from "@/components/Link";
import { Page, Section } from "@/components/Page";
import { Loaded } from "@/components/States";
import { useParam, useProject } from "@/components/useProject";
import { Time } from "@/components/Values";

/** One version of an object or op; a leaderboard's link has no version and means the latest. */
export default function ObjectPage() {
  const project = useProject();
  const query = useObject(project.id, useParam("name"), useParam("digest") || "latest");
  return <Loaded query={query}>{(object) => <Version object={object} />}</Loaded>;
}

function Version({ object }: { object: ObjectVersion }) {
  const title = `${object.object_id} v${object.version_index}`;
  return (
    <Page title={title} facts={<><span>{object.base_object_class ?? object.kind}</span><Time at={object.created_at} /><code>{object.digest}</code></>}>
      {object.kind === "op" && <Source op={object} />}
      <Section title="Value">
        <div className="panel" style={{ padding: "var(--s3)" }}>
          <JsonView value={object.val} />
        </div>
      </Section>
      <Versions object={object} />
    </Page>
  );
}

function Source({ op }: { op: ObjectVersion }) {
  const project = useProject();
  const query = useSource(project.id, op);
  return (
    <Section title="Code">
      <Loaded query={query}>{(text) => <Code text={text ?? "No source was captured."} numbered={text !== null} />}</Loaded>
    </Section>
  );
}

function Versions({ object }: { object: ObjectVersion }) {
  const project = useProject();
  const query = useObjects(project.id, { object_ids: [object.object_id] });
  return (
    <Section title="Versions">
      <Loaded query={query}>
        {(versions) => (
          <ul className="stack">
            {versions.map((version) => (
              <li key={version.digest} className="row">
                <Link href={project.href(`weave/${version.kind}s/${version.object_id}/versions/${version.digest}`)} aria-current={version.digest === object.digest ? "page" : undefined}>
                  v{version.version_index}
                </Link>
                <Time at={version.created_at} /> {version.is_latest === 1 && <span className="quiet">latest</span>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}
