/** What the run was made of: dataset, model with its parameters, scorers, evaluation, and the summary stored with it. */
import type { ReactNode } from "react";
import { useCall } from "@/api/calls";
import { ApiError } from "@/api/client";
import { useObject } from "@/api/objects";
import type { RunTable } from "@/api/results";
import { JsonView } from "@/components/JsonView";
import { Link } from "@/components/Link";
import { Section } from "@/components/Page";
import { Loaded } from "@/components/States";
import { useProject } from "@/components/useProject";
import { RefLink, Time } from "@/components/Values";
import { CopyButton } from "@/components/CopyButton";
import { parseRef } from "@/domain/refs";
import styles from "./Evaluation.module.css";

export function About({ table }: { table: RunTable }) {
  const project = useProject();
  const { run } = table;
  const root = useCall(project.id, run.run_id);
  const scorers = Object.entries(run.scorers);
  return (
    <div className={styles["about"]}>
      <Section title="Model">
        <Published value={run.model_ref} name={run.model_name} />
      </Section>
      <Section title="Dataset">
        <Plain value={run.dataset_ref} missing="The run names no stored dataset: its examples were given with it." />
      </Section>
      <Section title="Scorers">
        {scorers.length === 0 && <p className="quiet">No calls of scorers are stored with this run.</p>}
        <ul className={styles["list"]}>
          {scorers.map(([key, ref]) => (
            <li key={key}>
              <strong>{key}</strong> <RefLink value={ref} label={parseRef(ref) ? versioned(ref) : ref} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Evaluation">
        <Published value={run.evaluation_ref} name={run.evaluation_name} />
      </Section>
      <Section title="Run">
        <dl className={styles["pairs"]}>
          <Pair name="Started"><Time at={run.started_at} exact /></Pair>
          <Pair name="Finished"><Time at={run.finished_at} exact /></Pair>
          <Pair name="Id">
            <span className="row"><code>{run.run_id}</code> <CopyButton label="Copy the id" text={() => run.run_id} /></span>
          </Pair>
          <Pair name="Trace"><Link href={project.href(`weave/calls/${run.run_id}`)}>The run as a trace</Link></Pair>
        </dl>
      </Section>
      <Section title="Stored summary">
        <Loaded query={root}>
          {(call) => (call?.output === null || call?.output === undefined ? <p className="quiet">None yet: a summary is stored when a run ends.</p> : <div className={`panel ${styles["payload"]}`}><JsonView value={call.output} levels={2} /></div>)}
        </Loaded>
      </Section>
    </div>
  );
}

function versioned(ref: string): string {
  const parsed = parseRef(ref);
  return parsed ? `${parsed.name}:${(parsed.version ?? "latest").slice(0, 6)}` : ref;
}

function Plain({ value, missing }: { value: string | null; missing: string }) {
  const parsed = value ? parseRef(value) : null;
  if (!value) return <p className="quiet">{missing}</p>;
  if (!parsed) return <bdi>{value}</bdi>;
  return <VersionLink value={value} />;
}

/** A version by its number, once that is known. */
export function VersionLink({ value }: { value: string }) {
  const ref = parseRef(value);
  const query = useObject(`${ref?.entity}/${ref?.project}`, ref?.name ?? "", ref?.version ?? "latest");
  return <RefLink value={value} label={query.data ? `${query.data.object_id}:v${query.data.version_index}` : versioned(value)} />;
}

function Published({ value, name }: { value: string | null; name: string | null }) {
  const ref = value ? parseRef(value) : null;
  if (!ref || !value || (ref.kind !== "object" && ref.kind !== "op")) return <p className="quiet">{name ? <bdi>{name}</bdi> : "Nothing is known of it."} It is not stored as a version.</p>;
  return <Version value={value} project={`${ref.entity}/${ref.project}`} name={ref.name} digest={ref.version ?? "latest"} />;
}

function Version({ value, project, name, digest }: { value: string; project: string; name: string; digest: string }) {
  const query = useObject(project, name, digest);
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <p className="quiet">
        <bdi>{versioned(value)}</bdi> is not stored here: it was deleted, or never arrived.
      </p>
    );
  }
  return (
    <Loaded query={query}>
      {(object) => {
        const parameters = parametersOf(object.val);
        return (
          <div className="stack">
            <RefLink value={value} label={`${object.object_id}:v${object.version_index}`} />
            {parameters && <div className={`panel ${styles["payload"]}`}><JsonView value={parameters} levels={2} /></div>}
          </div>
        );
      }}
    </Loaded>
  );
}

/** What somebody chose, without what the SDK notes about the class and its ops. */
function parametersOf(value: unknown): Record<string, unknown> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const kept = Object.entries(value).filter(([key, item]) => !key.startsWith("_") && item !== null && !(typeof item === "string" && parseRef(item)?.kind === "op"));
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
