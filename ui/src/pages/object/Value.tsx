/** What a version holds, as fits its kind: a conversation, a text, code, or members with the code of their methods. */
import { type ObjectVersion, useObject, useSource } from "@/api/objects";
import { Chat } from "@/components/Chat";
import { Code } from "@/components/Code";
import { JsonScalar } from "@/components/JsonScalar";
import { JsonView } from "@/components/JsonView";
import { Section } from "@/components/Page";
import { EmptyState, Loaded } from "@/components/States";
import { useProject } from "@/components/useProject";
import { RefLink } from "@/components/Values";
import { isRecord } from "@/domain/messageParts";
import { parseRef } from "@/domain/refs";
import { membersOf, promptOf } from "./kinds";
import styles from "./Object.module.css";

export function Value({ object }: { object: ObjectVersion }) {
  if (object.kind === "op") return <Source op={object} />;
  const prompt = promptOf(object);
  if (prompt !== null) return <Prompt prompt={prompt} value={object.val} />;
  if (!isRecord(object.val)) return <div className={`panel ${styles["panel"]}`}><JsonView value={object.val} /></div>;
  return <Members value={object.val} />;
}

function Prompt({ prompt, value }: { prompt: NonNullable<ReturnType<typeof promptOf>>; value: unknown }) {
  const rest = membersOf(value).fields.filter(([name]) => name !== "messages" && name !== "content" && name !== "name");
  return (
    <div className="stack">
      {typeof prompt === "string" ? <div className={`panel ${styles["panel"]}`}><JsonScalar value={prompt} /></div> : <Chat messages={prompt} />}
      {rest.length > 0 && <Fields fields={rest} />}
    </div>
  );
}

// More members than this are a value like any other JSON.
const FEW = 40;

function Members({ value }: { value: Record<string, unknown> }) {
  const { fields, ops } = membersOf(value);
  if (fields.length > FEW) return <div className={`panel ${styles["panel"]}`}><JsonView value={value} /></div>;
  return (
    <div className="stack">
      {fields.length > 0 && <Fields fields={fields} />}
      {ops.map(([name, ref]) => (
        <Method key={name} name={name} refText={ref} />
      ))}
      {fields.length + ops.length === 0 && <EmptyState title="An empty value" icon="objects" />}
    </div>
  );
}

function Fields({ fields }: { fields: [string, unknown][] }) {
  return (
    <dl className={`panel ${styles["panel"]} ${styles["fields"]}`}>
      {fields.map(([name, value]) => (
        <div key={name}>
          <dt><bdi>{name}</bdi></dt>
          <dd>{typeof value === "object" ? <JsonView value={value} levels={1} /> : <JsonScalar value={value} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function Method({ name, refText }: { name: string; refText: string }) {
  const ref = parseRef(refText)!;
  const query = useObject(`${ref.entity}/${ref.project}`, ref.name, ref.version ?? "latest");
  return (
    <Section title={<code>{name}</code>} actions={<RefLink value={refText} label={`${ref.name}${query.data ? ` v${query.data.version_index}` : ""}`} />}>
      <Loaded query={query}>{(op) => <Source op={op} />}</Loaded>
    </Section>
  );
}

function Source({ op }: { op: ObjectVersion }) {
  const project = useProject();
  return (
    <Loaded query={useSource(project.id, op)}>
      {(text) => (text === null ? <p className="quiet">No source was captured with this op.</p> : <Code text={text} language="python" numbered />)}
    </Loaded>
  );
}
