/** Any JSON value, rendered inertly: folded objects, refs as links, images shown, long texts cut until asked for. */
import { useState } from "react";
import { counted, pageOfRef } from "../format";

const CUT = 2000;
const OPEN_DEPTH = 3;

export function JsonView({ value, depth = 0 }: { value: unknown; depth?: number }) {
  if (typeof value === "string") return <Text value={value} />;
  if (typeof value !== "object" || value === null) return <span className="json-scalar">{String(value)}</span>;
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length === 0) return <span className="json-scalar">{Array.isArray(value) ? "[]" : "{}"}</span>;
  return (
    <details className="json" open={depth < OPEN_DEPTH && entries.length <= 50}>
      <summary>{counted(entries.length, Array.isArray(value) ? "item" : "key")}</summary>
      <dl>
        {entries.map(([key, item]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>
              <JsonView value={item} depth={depth + 1} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Text({ value }: { value: string }) {
  const [whole, setWhole] = useState(false);
  const page = pageOfRef(value);
  if (page) return <a href={page}>{value}</a>;
  if (/^data:image\/(png|jpeg|gif|webp);base64,/.test(value)) return <img className="preview" src={value} alt="" />;
  if (whole || value.length <= CUT) return <span className="json-text">{value}</span>;
  return (
    <span className="json-text">
      {value.slice(0, CUT)}…{" "}
      <button onClick={() => setWhole(true)}>Show all {value.length.toLocaleString()} characters</button>
    </span>
  );
}
