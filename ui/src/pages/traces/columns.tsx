/** The columns of the traces: what every call has, and what was chosen. */
import type { Preview } from "@/api/previews";
import type { Column } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Scores } from "@/components/Scores";
import { SpanIcon } from "@/components/SpanIcon";
import { Cost, Latency, RefLink, StatusBadge, Time, Tokens } from "@/components/Values";
import { brief } from "@/domain/format";
import { parseRef } from "@/domain/refs";
import { headOf } from "./view";
import styles from "./Traces.module.css";

export function columnsOf(paths: readonly string[], hrefOf: (row: Preview) => string): Column<Preview>[] {
  return [
    {
      id: "name",
      title: "Call",
      width: 210,
      narrow: "title",
      sortable: true,
      cell: (row) => (
        <span className={styles["name"]}>
          <SpanIcon span={row} />
          <Link href={hrefOf(row)} title={row.op === row.name ? row.name : `${row.name} (${row.op})`} className="cut">
            {row.name || "(no name)"}
          </Link>
          {row.reactions && <span aria-label="Reactions">{row.reactions.join("")}</span>}
        </span>
      ),
    },
    { id: "status", title: "Status", width: 104, sortable: true, cell: (row) => <span title={row.exception ?? undefined}><StatusBadge value={row.status} /></span> },
    ...paths.map(
      (path): Column<Preview> => ({
        id: path,
        title: headOf(path),
        width: path.includes(".") ? 150 : 190,
        grow: true,
        sortable: path.includes("."),
        hint: path,
        cell: (row) => <Value value={row.values?.[path]} />,
      }),
    ),
    { id: "scores", title: "Scores", width: 160, cell: (row) => <Scores scores={row.scores ?? []} /> },
    { id: "started", title: "Started", width: 92, sortable: true, cell: (row) => <Time at={row.started_at} /> },
    { id: "latency", title: "Latency", width: 82, numeric: true, sortable: true, cell: (row) => <Latency ms={row.latency_ms} /> },
    { id: "tokens", title: "Tokens", width: 72, numeric: true, cell: (row) => <Tokens input={row.input_tokens ?? 0} output={row.output_tokens ?? 0} total={row.total_tokens ?? undefined} /> },
    { id: "cost", title: "Cost", width: 78, numeric: true, cell: (row) => <Cost dollars={row.cost} /> },
  ];
}

/** A value that the server shortened: text as text, a ref by its name, the rest as a line of JSON. */
function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null || value === "") return <span className="quiet">–</span>;
  if (typeof value === "string" && parseRef(value)) return <RefLink value={value} />;
  const text = brief(value, 260);
  return (
    <bdi title={text} className={typeof value === "object" ? styles["json"] : undefined}>
      {text}
    </bdi>
  );
}
