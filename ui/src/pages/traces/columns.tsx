/** The columns of the traces: what every call has, and what was chosen. */
import type { Preview } from "@/api/previews";
import type { Column } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Scores } from "@/components/Scores";
import { SpanIcon } from "@/components/SpanIcon";
import { Cost, Latency, RefLink, StatusBadge, Time, Tokens } from "@/components/Values";
import { Icon } from "@/design/Icon";
import { brief, counted } from "@/domain/format";
import { glimpse } from "@/domain/glimpse";
import { parseRef } from "@/domain/refs";
import { headOf } from "./view";
import styles from "./Traces.module.css";

export function columnsOf(paths: readonly string[], hrefOf: (row: Preview) => string): Column<Preview>[] {
  return [
    {
      id: "name",
      title: "Call",
      width: 182,
      narrow: "title",
      sortable: true,
      cell: (row) => (
        <span className={styles["name"]}>
          <SpanIcon span={row} />
          <Link href={hrefOf(row)} title={row.op === row.name ? row.name : `${row.name} (${row.op})`} className="cut">
            {row.name || "(no name)"}
          </Link>
        </span>
      ),
    },
    { id: "status", title: "Status", width: 88, narrow: "brief", sortable: true, cell: (row) => <span title={row.exception ?? undefined}><StatusBadge value={row.status} /></span> },
    ...paths.map(
      (path): Column<Preview> => ({
        id: path,
        title: headOf(path),
        width: path.includes(".") ? 120 : 140,
        grow: true,
        sortable: path.includes("."),
        hint: path,
        cell: (row) => <Value value={row.values?.[path]} />,
      }),
    ),
    { id: "scores", title: "Scores", width: 112, cell: (row) => <Said row={row} /> },
    { id: "started", title: "Started", width: 88, narrow: "brief", sortable: true, cell: (row) => <Time at={row.started_at} /> },
    { id: "latency", title: "Latency", width: 78, numeric: true, narrow: "brief", sortable: true, cell: (row) => <Latency ms={row.latency_ms} /> },
    { id: "tokens", title: "Tokens", width: 68, numeric: true, narrow: "brief", cell: (row) => <Tokens input={row.input_tokens ?? 0} output={row.output_tokens ?? 0} total={row.total_tokens ?? undefined} /> },
    { id: "cost", title: "Cost", width: 82, numeric: true, narrow: "brief", cell: (row) => <Cost dollars={row.cost} /> },
  ];
}

/** Reactions, scores, and whether there are notes. */
function Said({ row }: { row: Preview }) {
  if (!row.reactions && !row.notes) return <Scores scores={row.scores ?? []} />;
  return (
    <span className={styles["said"]}>
      {row.reactions && <span title="Reactions">{[...new Set(row.reactions)].join("")}</span>}
      {row.notes ? <span className="quiet" title={counted(row.notes, "note")}><Icon name="feedback" size={12} /></span> : null}
      {row.scores && <Scores scores={row.scores} />}
    </span>
  );
}

/** A value that the server shortened: text as text, a ref by its name, the rest as a line of JSON. */
function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null || value === "") return <span className="quiet">–</span>;
  if (typeof value === "string" && parseRef(value)) return <RefLink value={value} />;
  const parts = glimpse(value);
  return (
    <bdi title={typeof value === "string" ? brief(value, 260) : undefined}>
      {parts.map(({ key, text }, at) => (
        <span key={at} className={styles["pair"]}>
          {key && <span className="quiet">{key} </span>}
          {text}
        </span>
      ))}
    </bdi>
  );
}
