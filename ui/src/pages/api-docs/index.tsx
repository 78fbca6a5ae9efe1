import { useQuery } from "@tanstack/react-query";
import { JsonView } from "@/components/JsonView";
import { Page } from "@/components/Page";
import { Loaded } from "@/components/States";
import styles from "./ApiDocs.module.css";

interface Operation {
  tags?: string[];
  description?: string;
  requestBody?: { content: Record<string, { schema: unknown }> };
}

interface Document {
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

/** The API as the server describes it, without anything from elsewhere. */
export default function ApiDocs() {
  const query = useQuery({ queryKey: ["openapi"], queryFn: async () => (await (await fetch("/openapi.json")).json()) as Document });
  return (
    <Page title="The API">
      <p className="quiet">
        The whole description is at <a href="/openapi.json">/openapi.json</a>. Every operation takes an API key as HTTP Basic (
        <code>api:&lt;key&gt;</code>) or Bearer.
      </p>
      <Loaded query={query}>
        {(document) =>
          [...byTag(document)].map(([tag, operations]) => (
            <section key={tag}>
              <h2 className={styles["tag"]}>{tag}</h2>
              {operations.map(([name, operation]) => (
                <details className={styles["operation"]} key={name}>
                  <summary>
                    <code>{name}</code> {operation.description?.split("\n")[0]}
                  </summary>
                  <JsonView value={bodyOf(operation, document)} />
                </details>
              ))}
            </section>
          ))
        }
      </Loaded>
    </Page>
  );
}

function byTag(document: Document): Map<string, [string, Operation][]> {
  const groups = new Map<string, [string, Operation][]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "Other";
      groups.set(tag, [...(groups.get(tag) ?? []), [`${method.toUpperCase()} ${path}`, operation]]);
    }
  }
  return groups;
}

/** The schema of the request's body, its name replaced by what it stands for. */
function bodyOf(operation: Operation, document: Document): unknown {
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema as { $ref?: string } | undefined;
  const name = schema?.$ref?.split("/").at(-1);
  return name === undefined ? (schema ?? "No body") : { [name]: document.components.schemas[name] };
}
