/** The groups as a table, each with links to its calls. */
import { useMemo } from "react";
import type { By, Usage, UsageFigures, UsageGroup } from "@/api/usage";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, Tokens } from "@/components/Values";
import { Button } from "@/design/Button";
import { counted, number } from "@/domain/format";
import { drawnGroups, MOST_LINES } from "./Charts";
import { tracesOf } from "./links";
import styles from "./Usage.module.css";

const NOUNS: Record<By, string> = { none: "", model: "model", op: "op", user: "user" };
const HINTS: Record<By, string> = {
  none: "",
  model: "Calls that report usage of it. The traces show their parents too, which carry the sums.",
  op: "Tokens and cost stand at the op that asked the model.",
  user: "Whose key the calls were sent with.",
};

export function Groups({ usage, by, wide }: { usage: Usage; by: By; wide: boolean }) {
  const project = useProject();
  const url = useUrlState();
  const rows = useMemo(() => [...usage.groups, ...(usage.other ? [usage.other] : [])], [usage]);
  const columns = useMemo((): Column<UsageGroup>[] => {
    const drawn = drawnGroups(usage);
    const href = (group: UsageGroup, failed: boolean) => project.href("weave/traces") + tracesOf(usage, by, group.key, failed);
    return [
      { id: "name", title: NOUNS[by][0]?.toUpperCase() + NOUNS[by].slice(1), width: 200, grow: true, narrow: "title", hint: HINTS[by], sortValue: (group) => group.name, cell: (group) => {
        const colour = drawn.indexOf(group);
        return (
          <span className={styles["name"]}>
            <i className={styles["key"]} style={colour >= 0 ? { background: `var(--series-${colour + 1})` } : undefined} />
            {isOther(usage, group) ? <span className="quiet">everything else</span> : <bdi className="cut" title={group.name}>{group.name || "(unknown)"}</bdi>}
          </span>
        );
      } },
      { id: "cost", title: "Cost", width: 90, numeric: true, narrow: "brief", sortValue: (group) => group.cost, cell: (group) => (usage.unpriced_models.includes(group.key) && by === "model" ? <span className="quiet" title="No price is known">no price</span> : <Cost dollars={group.cost} />) },
      { id: "tokens", title: "Tokens", width: 80, numeric: true, narrow: "brief", sortValue: (group) => group.total_tokens, cell: (group) => <Tokens input={group.input_tokens} output={group.output_tokens} total={group.total_tokens} /> },
      { id: "calls", title: "Calls", width: 80, numeric: true, sortValue: (group) => group.calls, cell: (group) => <Count value={group.calls} href={isOther(usage, group) ? null : href(group, false)} label={`Calls of ${group.name} in the traces`} /> },
      { id: "errors", title: "Errors", width: 80, numeric: true, sortValue: (group) => group.errors, cell: (group) => <Count value={group.errors} href={isOther(usage, group) ? null : href(group, true)} label={`Failed calls of ${group.name} in the traces`} /> },
      ...(["p50", "p95", "p99"] as const).map((part): Column<UsageGroup> => ({
        id: part, title: part, width: 78, numeric: true, narrow: part === "p99" ? "hide" : undefined, hint: "Latency", sortValue: (group) => group.latency_ms?.[part], cell: (group) => <Latency ms={group.latency_ms?.[part]} />,
      })),
    ];
  }, [usage, by, project]);
  return (
    <Section
      title={counted(usage.groups_total, NOUNS[by])}
      actions={usage.groups_total > usage.groups.length && !wide ? <Button small onClick={() => url.set({ groups: "12" }, true)}>Show up to 12</Button> : wide && <Button small onClick={() => url.set({ groups: null }, true)}>Show fewer</Button>}
    >
      {rows.length > MOST_LINES && <p className="quiet small">The charts show the {MOST_LINES} with most calls.</p>}
      <DataTable label="Groups" rows={rows} columns={columns} rowKey={(group) => (isOther(usage, group) ? "\u0000other" : `g ${group.key}`)} />
    </Section>
  );
}

const isOther = (usage: Usage, group: UsageGroup) => group === usage.other;

function Count({ value, href, label }: { value: UsageFigures["calls"]; href: string | null; label: string }) {
  return href && value ? <Link href={href} aria-label={`${value}: ${label}`}>{number(value)}</Link> : <span className={value ? "number" : "number quiet"}>{number(value ?? 0)}</span>;
}
