/** Two versions of an object: the places that differ, texts line by line, and the rows of datasets. */
import { useMemo } from "react";
import { type ListedVersion, type ObjectDiff, useDiff, useVersions } from "@/api/objects";
import { Link, usePathname } from "@/components/Link";
import { Page, Section } from "@/components/Page";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Select } from "@/design/Field";
import { ago, counted } from "@/domain/format";
import { Changes } from "./Changes";
import styles from "./ObjectDiff.module.css";
import { Rows } from "./Rows";

export default function ObjectDiffPage() {
  const project = useProject();
  const url = useUrlState();
  const name = useParam("name");
  const kind = usePathname().split("/")[4] === "ops" ? "op" : "object";
  const versions = useVersions(project.id, name, kind);
  const known = useMemo(() => versions.data?.pages.flatMap((page) => page.versions) ?? [], [versions.data]);
  // Without a choice: what the newest version changed.
  const to = url.get("to") || "latest";
  const from = url.get("from") || known[1]?.digest || "";
  const swap = () => url.set({ from: to, to: from });
  useKeys([{ keys: "s", what: "Swap the two versions", run: swap }]);
  const home = project.href(`weave/${kind}s/${name}`);
  return (
    <Page title={`${name}: what changed`} facts={<Link href={home}>Back to {name}</Link>}>
      {from === "" ? (
        versions.isPending ? <Skeleton lines={6} /> : versions.isError ? <ErrorState error={versions.error} onRetry={() => void versions.refetch()} /> : (
          <EmptyState title="There is only one version" icon="compare">
            Publish changed content under the same name, and the two can be compared. <Link href={home}>Back to {name}</Link>
          </EmptyState>
        )
      ) : (
        <Compared name={name} kind={kind} known={known} from={from} to={to} onSwap={swap} />
      )}
    </Page>
  );
}

interface Props {
  name: string;
  kind: string;
  known: readonly ListedVersion[];
  from: string;
  to: string;
  onSwap: () => void;
}

function Compared({ name, kind, known, from, to, onSwap }: Props) {
  const project = useProject();
  const url = useUrlState();
  const query = useDiff(project.id, name, from, to);
  const diff = query.data?.pages[0];
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.rows?.items ?? []) ?? [], [query.data]);
  return (
    <>
      <div className={styles["choose"]}>
        <Choice label="From" known={known} value={diff?.from.digest ?? from} onChange={(digest) => url.set({ from: digest, to })} />
        <Button icon="compare" title="Swap the two versions" onClick={onSwap}>Swap</Button>
        <Choice label="To" known={known} value={diff?.to.digest ?? to} onChange={(digest) => url.set({ from, to: digest })} />
      </div>
      {query.isPending ? <Skeleton lines={8} label="Comparing the versions" /> : query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : diff && (
        <>
          <Facts diff={diff} kind={kind} />
          {diff.identical ? <EmptyState title="No difference" icon="check">Both are the same version.</EmptyState> : (
            <>
              {diff.changes.length > 0 && (
                <Section title={counted(diff.changes_total, "change")}>
                  <Changes changes={diff.changes} />
                  {diff.changes_truncated && <p className="quiet">The first {diff.changes.length} of {counted(diff.changes_total, "change")} are shown.</p>}
                </Section>
              )}
              {diff.rows && <Rows diff={diff} items={items} more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} loading={query.isFetchingNextPage} />}
              {diff.changes.length === 0 && !diff.rows && <EmptyState title="No difference" icon="check">The two hold the same.</EmptyState>}
            </>
          )}
        </>
      )}
    </>
  );
}

function Facts({ diff, kind }: { diff: ObjectDiff; kind: string }) {
  const project = useProject();
  const side = (version: ObjectDiff["from"]) => (
    <>
      <Link href={project.href(`weave/${kind}s/${diff.object_id}/versions/${version.digest}`)}>v{version.version_index}</Link> published <Time at={version.created_at} />
    </>
  );
  return <p className="quiet">{side(diff.from)}; {side(diff.to)}</p>;
}

function Choice({ label, known, value, onChange }: { label: string; known: readonly ListedVersion[]; value: string; onChange: (digest: string) => void }) {
  const choices = known.map((version) => ({ value: version.digest, label: [`v${version.version_index}`, ...version.aliases, ...version.tags, ago(version.created_at)].join(" · ") }));
  if (!choices.some((choice) => choice.value === value)) choices.unshift({ value, label: value.slice(0, 16) });
  return (
    <div>
      <Select label={label} value={value} choices={choices} onChange={onChange} />
    </div>
  );
}
