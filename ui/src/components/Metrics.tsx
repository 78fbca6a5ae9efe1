/** The numbers inside a result or a score, one line each. */
import { leavesOf } from "../format";

export function Metrics({ value }: { value: unknown }) {
  return (
    <dl className="metrics">
      {leavesOf(value).map(([path, text]) => (
        <div key={path}>
          {path && <dt>{path}</dt>}
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
