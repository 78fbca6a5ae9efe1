/** Runs under what they are about: a table for each dataset, or for each model. */
import type { Facet, Facets, VersionNumbers } from "@/api/evaluations";
import type { Selection } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { useUrlState } from "@/components/useUrlState";
import { RefLink } from "@/components/Values";
import { Button } from "@/design/Button";
import { counted } from "@/domain/format";
import { parseRef } from "@/domain/refs";
import { RunsTable } from "./RunsTable";
import styles from "./Evaluations.module.css";
import { versionLabel, type View } from "./view";

// Groups that are shown before more are asked for, and runs of each.
const [STEP, RUNS] = [6, 8];

interface Props {
  view: View;
  facets: Facets;
  numbers: VersionNumbers | undefined;
  selection: Selection;
}

export function Groups({ view, facets, numbers, selection }: Props) {
  const url = useUrlState();
  const by = view.group === "model" ? "model" : "dataset";
  const all = (by === "model" ? facets.models : facets.datasets).filter((facet) => view[by] === "" || facet.ref === view[by]);
  const most = Math.max(STEP, Number(url.get("groups")) || 0);
  const unknown = view[by] === "" ? facets.of_runs - all.reduce((sum, facet) => sum + facet.runs, 0) : 0;
  return (
    <div className={styles["groups"]}>
      {all.slice(0, most).map((facet, at) => (
        <GroupOf key={facet.ref} {...{ facet, by, view, numbers, selection }} first={at === 0} />
      ))}
      {all.length > most && <Button onClick={() => url.set({ groups: String(most + STEP) }, true)}>Show more of {counted(all.length, by)}</Button>}
      {unknown > 0 && (
        <p className="quiet">
          {counted(unknown, "run")} of the newest {facets.of_runs.toLocaleString("en-US")} name no stored {by}: see <Link href={url.href({ group: null })}>all runs in one table</Link>.
        </p>
      )}
    </div>
  );
}

function GroupOf({ facet, by, view, numbers, selection, first }: { facet: Facet; by: "dataset" | "model"; view: View; numbers: VersionNumbers | undefined; selection: Selection; first: boolean }) {
  const url = useUrlState();
  const label = versionLabel(facet.ref, facet.name, numbers);
  return (
    <Section title={parseRef(facet.ref) ? <RefLink value={facet.ref} label={label} /> : label} actions={<Link href={url.href({ group: null, [by]: facet.ref })}>{facet.runs > RUNS ? `All ${counted(facet.runs, "run")}` : counted(facet.runs, "run")}</Link>}>
      <RunsTable view={{ ...view, [by]: facet.ref }} numbers={numbers} selection={selection} label={`Runs of ${label}`} limit={RUNS} part={first ? "first" : "other"} />
    </Section>
  );
}
