/** Usage and cost over time: totals, charts, latencies, and the groups that they come from. */
import { useMemo, useState } from "react";
import { type By, timezone, type Usage, useUsage, type UsageWanted } from "@/api/usage";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Icon } from "@/design/Icon";
import { compact, duration, money, number } from "@/domain/format";
import { Charts } from "./Charts";
import { Groups } from "./Groups";
import { tracesOf } from "./links";
import { GRANULARITIES, spanOf, widthOf } from "./range";
import { GROUPS, Tools } from "./Tools";
import styles from "./Usage.module.css";

const [FEW, MANY] = [5, 12];

export default function UsagePage() {
  const project = useProject();
  const url = useUrlState();
  const [now, setNow] = useState(() => new Date());
  const [range, start, end, asked, every] = [url.get("range"), url.get("start"), url.get("end"), url.get("by"), url.get("every")];
  const wide = url.get("groups") === String(MANY);
  const by: By = GROUPS.find((one) => one.value === asked)?.value ?? "none";
  const span = useMemo(() => spanOf(range, start, end, now), [range, start, end, now]);
  const wanted = useMemo(
    (): UsageWanted => ({ ...span, by, granularity: GRANULARITIES.find((one) => one.value === every)?.seconds, groups: wide ? MANY : FEW }),
    [span, by, every, wide],
  );
  const query = useUsage(project.id, wanted);
  const again = () => {
    setNow(new Date());
    void query.refetch();
  };
  useKeys(GROUPS.map((group, at) => ({ keys: String(at + 1), what: group.value === "none" ? "Everything together" : `Groups ${group.label.toLowerCase()}`, run: () => url.set({ by: group.value === "none" ? null : group.value }) })));
  const usage = query.data;
  return (
    <Page title="Usage & cost" facts={usage && <span>{timezone()} time, a bucket is {/^\d/.test(widthOf(usage.granularity)) ? "" : "one "}{widthOf(usage.granularity)}; costs at today’s prices</span>}>
      <Tools by={by} span={span} busy={query.isFetching} onNow={again} />
      {query.isPending ? (
        <Skeleton lines={10} label="Summing up" />
      ) : query.isError ? (
        <ErrorState error={query.error} onRetry={again} />
      ) : (
        usage && <Shown usage={usage} stale={query.isPlaceholderData} wide={wide} />
      )}
    </Page>
  );
}

function Shown({ usage, stale, wide }: { usage: Usage; stale: boolean; wide: boolean }) {
  const url = useUrlState();
  const by = usage.by as By;
  if (usage.total.calls === 0) {
    return (
      <EmptyState title="No calls in this time" icon="usage">
        <Button onClick={() => url.set({ range: "90d", start: null, end: null })}>Look at the last 90 days</Button>
      </EmptyState>
    );
  }
  return (
    <div className={`stack ${stale ? styles["stale"] : ""}`} aria-busy={stale || undefined}>
      <Totals usage={usage} />
      {usage.unpriced_models.length > 0 && <Unpriced models={usage.unpriced_models} />}
      <Charts usage={usage} />
      {by !== "none" && <Groups usage={usage} by={by} wide={wide} />}
    </div>
  );
}

function Totals({ usage }: { usage: Usage }) {
  const project = useProject();
  const { total } = usage;
  const traces = project.href("weave/traces");
  const latency = total.latency_ms;
  return (
    <dl className={styles["tiles"]}>
      <Tile name="Cost" value={money(total.cost)} more={usage.unpriced_models.length > 0 ? "without models that have no price" : "of all models"} />
      <Tile name="Tokens" value={compact(total.total_tokens ?? 0)} title={number(total.total_tokens ?? 0)} more={`${compact(total.input_tokens ?? 0)} in, ${compact(total.output_tokens ?? 0)} out`} />
      <Tile name="Calls" value={number(total.calls ?? 0)} more={<Link href={traces + tracesOf(usage, "none", "")}>In the traces</Link>} />
      <Tile name="Errors" value={number(total.errors ?? 0)} more={total.errors ? <Link href={traces + tracesOf(usage, "none", "", true)}>Failed calls</Link> : "no call failed"} />
      <Tile name="Latency" value={duration(latency?.p50)} more={latency ? `half are faster; p95 ${duration(latency.p95)}, p99 ${duration(latency.p99)}` : "no call has ended"} />
    </dl>
  );
}

function Tile({ name, value, more, title }: { name: string; value: string; more: React.ReactNode; title?: string }) {
  return (
    <div className={`panel ${styles["tile"]}`}>
      <dt className="quiet small">{name}</dt>
      <dd>
        <strong title={title}>{value}</strong>
        <div className="quiet small">{more}</div>
      </dd>
    </div>
  );
}

function Unpriced({ models }: { models: string[] }) {
  const project = useProject();
  return (
    <div className={styles["unpriced"]} role="note" aria-label="Models without a price">
      <Icon name="warning" />
      <span>Nobody told what these cost, so the costs leave them out:</span>
      {models.map((model) => (
        <Badge key={model} tone="wait">
          {model}
        </Badge>
      ))}
      <span className="push" />
      <Link href={project.href("weave/settings/prices")}>Set prices</Link>
    </div>
  );
}
