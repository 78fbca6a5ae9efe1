/** The evaluation runs of a project, by dataset, model and evaluation; the view is wholly in the address. */
import { useCallback, useMemo, useState } from "react";
import { useRunFacets, useVersionNumbers } from "@/api/evaluations";
import { Page } from "@/components/Page";
import { EmptyState, Loaded } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { Checkbox, Select } from "@/design/Field";
import { Popover } from "@/design/Menu";
import { Segments } from "@/design/Tabs";
import { counted } from "@/domain/format";
import { metricLabel } from "@/domain/metrics";
import { BulkActions } from "./BulkActions";
import styles from "./Evaluations.module.css";
import { Groups } from "./Groups";
import { RunsTable } from "./RunsTable";
import { choicesOf, FIRST_METRICS, type Group, namesOf, type View } from "./view";

function useView(): View {
  const url = useUrlState();
  const [dataset, evaluation, model, sort, group] = ["dataset", "evaluation", "model", "sort", "group"].map(url.get) as [string, string, string, string, string];
  const chosen = url.all("metric").join("\n");
  return useMemo(() => {
    const metrics = chosen === "" ? null : chosen.split("\n").filter((name) => name !== "none");
    return { dataset, evaluation, model, sort, metrics, group: group === "dataset" || group === "model" ? group : "none" };
  }, [dataset, evaluation, model, sort, group, chosen]);
}

export default function Evaluations() {
  const project = useProject();
  const url = useUrlState();
  const view = useView();
  const facets = useRunFacets(project.id);
  const known = facets.data;
  const names = useMemo(() => (known ? namesOf([...known.datasets, ...known.models, ...known.evaluations].map((facet) => facet.ref)) : []), [known]);
  const numbers = useVersionNumbers(project.id, names).data;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [seen, setSeen] = useState<{ count: number; metrics: readonly string[] } | null>(null);
  const onCount = useCallback((count: number, metrics: readonly string[]) => setSeen({ count, metrics }), []);
  const narrowed = view.dataset !== "" || view.evaluation !== "" || view.model !== "";
  const grouped = view.group !== "none";
  const selection = { selected, onChange: setSelected };
  const facts = grouped ? known && `${counted(known.of_runs, "run")}, newest first in each group` : seen && `${counted(seen.count, "run")}${narrowed ? (seen.count === 1 ? " matches" : " match") : ""}`;
  return (
    <Page
      title="Evaluations"
      fill={!grouped}
      facts={facts && <span className="number">{facts}</span>}
      actions={
        <Segments<Group> label="Group by" value={view.group} onChange={(group) => url.set({ group: group === "none" ? null : group, groups: null })}
          choices={[{ value: "none", label: "All runs" }, { value: "dataset", label: "By dataset" }, { value: "model", label: "By model" }]} />
      }
    >
      <div className={styles["tools"]}>
        <Select label="Dataset" hideLabel value={view.dataset} choices={choicesOf(known?.datasets ?? [], view.dataset, "All datasets", numbers)} onChange={(dataset) => url.set({ dataset })} />
        <Select label="Model" hideLabel value={view.model} choices={choicesOf(known?.models ?? [], view.model, "All models", numbers)} onChange={(model) => url.set({ model })} />
        <Select label="Evaluation" hideLabel value={view.evaluation} choices={choicesOf(known?.evaluations ?? [], view.evaluation, "All evaluations", numbers)} onChange={(evaluation) => url.set({ evaluation })} />
        {narrowed && <Button kind="bare" onClick={() => url.set({ dataset: null, model: null, evaluation: null })}>Clear</Button>}
        <span className="push" />
        {!grouped && seen !== null && seen.metrics.length > 0 && <MetricPicker names={seen.metrics} view={view} />}
      </div>
      {selected.size > 0 && <BulkActions ids={[...selected]} onDone={() => setSelected(new Set())} />}
      {grouped ? (
        <Loaded query={facets}>
          {(found) => (found && found.of_runs > 0 ? <Groups view={view} facets={found} numbers={numbers} selection={selection} /> : <FirstEvaluation project={project.id} />)}
        </Loaded>
      ) : (
        <RunsTable view={view} numbers={numbers} selection={selection} label="Evaluation runs" onCount={onCount}
          empty={
            narrowed ? (
              <EmptyState title="No run matches" icon="search">
                <Button onClick={() => url.set({ dataset: null, model: null, evaluation: null })}>Clear the filters</Button>
              </EmptyState>
            ) : (
              <FirstEvaluation project={project.id} />
            )
          } />
      )}
    </Page>
  );
}

function MetricPicker({ names, view }: { names: readonly string[]; view: View }) {
  const url = useUrlState();
  const usual = names.slice(0, FIRST_METRICS);
  const shown = view.metrics ?? usual;
  const toggle = (name: string) => {
    const next = names.filter((one) => (one === name ? !shown.includes(one) : shown.includes(one)));
    const same = next.length === usual.length && next.every((one, at) => one === usual[at]);
    url.set({ metric: same ? null : next.length === 0 ? ["none"] : next }, true);
  };
  return (
    <Popover label="Choose metrics" trigger={<Button icon="columns">Metrics {names.length > shown.length && <span className="quiet number">{shown.length} of {names.length}</span>}</Button>}>
      <div className={styles["metrics"]}>
        {names.map((name) => (
          <Checkbox key={name} label={metricLabel(name)} checked={shown.includes(name)} onChange={() => toggle(name)} />
        ))}
      </div>
    </Popover>
  );
}

function FirstEvaluation({ project }: { project: string }) {
  return (
    <EmptyState
      title="No evaluation yet"
      icon="evaluations"
      code={`import asyncio, weave

weave.init("${project}")

@weave.op
def exact(expected: str, output: str) -> bool:
    return output == expected

rows = [{"question": "2 + 2", "expected": "4"}]
evaluation = weave.Evaluation(dataset=rows, scorers=[exact])
asyncio.run(evaluation.evaluate(my_model))  # an op, or a weave.Model with predict(question)`}
    >
      An evaluation runs a model over a dataset and scores each answer. With the official SDK:
    </EmptyState>
  );
}
