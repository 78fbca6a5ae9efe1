/** The source of the op that was called, as it was captured. */
import { type ObjectVersion, useObject, useSource } from "@/api/objects";
import { Code } from "@/components/Code";
import { Loaded } from "@/components/States";
import { RefLink } from "@/components/Values";
import { parseRef } from "@/domain/refs";

export function CodeTab({ opRef }: { opRef: string }) {
  const ref = parseRef(opRef);
  if (!ref || ref.kind !== "op") return <p className="quiet">No code was captured: this call names its op by a text, as plain HTTP and OpenTelemetry do.</p>;
  return <Published project={`${ref.entity}/${ref.project}`} name={ref.name} digest={ref.version ?? "latest"} opRef={opRef} />;
}

function Published({ project, name, digest, opRef }: { project: string; name: string; digest: string; opRef: string }) {
  const query = useObject(project, name, digest);
  return (
    <Loaded query={query}>
      {(op) => (
        <div className="stack">
          <p className="quiet">
            <RefLink value={opRef} label={`${name} v${op.version_index}`} />
          </p>
          <Source project={project} op={op} />
        </div>
      )}
    </Loaded>
  );
}

function Source({ project, op }: { project: string; op: ObjectVersion }) {
  return <Loaded query={useSource(project, op)}>{(text) => (text === null ? <p className="quiet">No source was captured.</p> : <Code text={text} language="python" numbered />)}</Loaded>;
}
