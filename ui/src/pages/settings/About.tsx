/** Which server this is, whether all of it works, and how much the project takes. */
import { type ServerState, useServer, useSizes } from "@/api/settings";
import { Section } from "@/components/Page";
import { Loaded } from "@/components/States";
import { Link } from "@/components/Link";
import { Badge } from "@/design/Badge";
import { bytes } from "@/domain/format";
import type { Viewer } from "./index";
import styles from "./Settings.module.css";

const STORES: Record<string, string> = { entities: "Entities (users, keys, objects, the scoring ledger)", events: "Events (calls, spans, feedback)", blobs: "Files", kafka: "Kafka" };
const WORKER: Record<string, string> = {
  working: "It takes tasks and scores them.",
  paused: "It waits because something it needs does not answer; the server's log says what. Nothing that was asked for is lost.",
  off: "No worker runs inside this process; others may run beside it (weft worker).",
};

export function About({ viewer }: { viewer: Viewer }) {
  const server = useServer();
  const sizes = useSizes(viewer.project);
  return (
    <>
      <Section title="This server">
        <Loaded query={server}>{(state) => <State state={state} viewer={viewer} />}</Loaded>
      </Section>
      <Section title="What this project takes">
        <Loaded query={sizes}>
          {(size) => (
            <dl className={`panel ${styles["panel"]} ${styles["facts"]}`}>
              <dt>Calls</dt>
              <dd className="number">{bytes(size.trace_storage_size_bytes ?? 0)}</dd>
              <dt>Agent spans</dt>
              <dd className="number">{bytes(size.spans_storage_size_bytes ?? 0)}</dd>
              <dt>Objects</dt>
              <dd className="number">{bytes(size.objects_storage_size_bytes ?? 0)}</dd>
              <dt>Dataset rows</dt>
              <dd className="number">{bytes(size.tables_storage_size_bytes ?? 0)}</dd>
              <dt>Files</dt>
              <dd className="number">{bytes(size.files_storage_size_bytes ?? 0)}</dd>
            </dl>
          )}
        </Loaded>
        <p className="quiet small">Bytes as they were sent; the stores compress them.</p>
      </Section>
    </>
  );
}

function State({ state, viewer }: { state: ServerState; viewer: Viewer }) {
  const well = state.unavailable.length === 0;
  return (
    <dl className={`panel ${styles["panel"]} ${styles["facts"]}`}>
      <dt>Version</dt>
      <dd><p>Weft {state.version}, speaking the Weave Service API. <Link href="/weft/docs">The API</Link></p></dd>
      <dt>State</dt>
      <dd><Badge tone={state.status === "ready" ? "good" : "bad"} dot>{state.status}</Badge></dd>
      <dt>Stores</dt>
      <dd>
        {well ? <Badge tone="good" dot>all answer</Badge> : state.unavailable.map((name) => (
          <span key={name}><Badge tone="bad" dot>{name}</Badge> {STORES[name] ?? ""} does not answer: look at the server's log, or run <code>weft doctor</code> there. </span>
        ))}
      </dd>
      <dt>Scoring worker</dt>
      <dd>
        <p><Badge tone={state.scoring === "working" ? "good" : state.scoring === "off" ? "neutral" : "wait"} dot>{state.scoring}</Badge>{" "}
        {WORKER[state.scoring]} <Link href={`/${viewer.project.split("/").map(encodeURIComponent).join("/")}/weave/scoring`}>Scoring</Link></p>
      </dd>
      <dt>Access</dt>
      <dd>{viewer.keyed ? <>API keys; you are <bdi>{viewer.username}</bdi></> : <>open to whoever reaches it: no keys are asked for (<code>WEFT_AUTH</code>)</>}</dd>
    </dl>
  );
}
