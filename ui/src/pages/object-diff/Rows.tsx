/** Which rows of a dataset are new, gone or changed, page after page. */
import type { ObjectDiff, RowChange } from "@/api/objects";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { useProject } from "@/components/useProject";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { counted, number } from "@/domain/format";
import { Changes, Kind, Sides } from "./Changes";
import styles from "./ObjectDiff.module.css";

interface Props {
  diff: ObjectDiff;
  items: readonly RowChange[];
  more: (() => void) | undefined;
  loading: boolean;
}

export function Rows({ diff, items, more, loading }: Props) {
  const rows = diff.rows!;
  return (
    <Section title="Rows" actions={<span className="quiet number">{number(rows.count_before)} before, {number(rows.count_after)} after</span>}>
      <div className={styles["counts"]}>
        <Badge tone="good">{number(rows.added)} added</Badge>
        <Badge tone="bad">{number(rows.removed)} removed</Badge>
        <Badge tone="wait">{number(rows.changed)} changed</Badge>
        <Badge>{number(rows.unchanged)} the same</Badge>
        {rows.reordered && <Badge tone="info" title="Rows that are in both stand in another order">another order</Badge>}
      </div>
      {items.length === 0 ? (
        <p className="quiet">{rows.reordered ? "The rows are the same, in another order." : "The rows are the same."}</p>
      ) : (
        <ul className={styles["items"]} aria-label="Rows that differ">
          {items.map((item, at) => (
            <li key={at} className={styles["item"]}>
              <div className={styles["head"]}>
                <Kind change={item.change} />
                <Place diff={diff} item={item} />
              </div>
              {item.change === "changed" && item.changes.length > 0 ? <div className={styles["inner"]}><Changes changes={item.changes} /></div> : <Sides before={item.before} after={item.after} />}
            </li>
          ))}
        </ul>
      )}
      {more && (
        <div className="row">
          <Button busy={loading} onClick={more}>
            Show more
          </Button>
          <span className="quiet">{counted(items.length, "row")} of {number(rows.added + rows.removed + rows.changed)}</span>
        </div>
      )}
    </Section>
  );
}

/** Where a row stands in either version, with links to it. */
function Place({ diff, item }: { diff: ObjectDiff; item: RowChange }) {
  const project = useProject();
  const rowHref = (digest: string, index: number) => project.href(`weave/objects/${diff.object_id}/versions/${digest}?row=${index}`);
  return (
    <span className="number">
      {item.index_before !== null && <Link href={rowHref(diff.from.digest, item.index_before)}>row {item.index_before} of v{diff.from.version_index}</Link>}
      {item.index_before !== null && item.index_after !== null && " → "}
      {item.index_after !== null && <Link href={rowHref(diff.to.digest, item.index_after)}>row {item.index_after} of v{diff.to.version_index}</Link>}
    </span>
  );
}
