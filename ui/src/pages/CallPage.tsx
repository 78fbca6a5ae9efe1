import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type Call, listTrace, readCall } from "../api/calls";
import { listTasks } from "../api/scoring";
import { JsonView } from "../components/JsonView";
import { Empty, Loaded, Status } from "../components/parts";
import { duration, moment, opLabel, pageOfRef, refLabel } from "../format";
import { treeOf } from "../tree";

export function CallPage() {
  const { entity, project, callId } = useParams({ strict: false }) as Record<"entity" | "project" | "callId", string>;
  const name = `${entity}/${project}`;
  const query = useQuery({ queryKey: ["call", name, callId], queryFn: () => readCall(name, callId) });
  return (
    <Loaded query={query}>
      {(call) =>
        call === null ? (
          <Empty title="No such call">
            <p>It may not have arrived yet, or it was deleted.</p>
          </Empty>
        ) : (
          <div className="split">
            <Trace project={name} call={call} />
            <Detail project={name} call={call} />
          </div>
        )
      }
    </Loaded>
  );
}

function Trace({ project, call }: { project: string; call: Call }) {
  const query = useQuery({ queryKey: ["trace", project, call.trace_id], queryFn: () => listTrace(project, call.trace_id) });
  return (
    <nav className="tree" aria-label="Trace">
      <Loaded query={query}>
        {(calls) => (
          <ol>
            {treeOf(calls).map((row) => (
              <li key={row.call.id} style={{ paddingLeft: `${row.depth * 1.1}rem` }}>
                <a href={`/${project}/r/call/${row.call.id}`} aria-current={row.call.id === call.id ? "page" : undefined}>
                  {row.call.display_name ?? opLabel(row.call.op_name)}
                </a>{" "}
                <small>{duration(row.call.summary.weave?.latency_ms)}</small>
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </nav>
  );
}

function Detail({ project, call }: { project: string; call: Call }) {
  return (
    <article>
      <h1>
        {call.display_name ?? opLabel(call.op_name)} <Status value={call.summary.weave?.status ?? "running"} />
      </h1>
      <p className="facts">
        {moment(call.started_at)} · {duration(call.summary.weave?.latency_ms)} · <code>{call.id}</code>
      </p>
      {call.exception && <pre className="exception">{exceptionText(call.exception)}</pre>}
      <Section title="Inputs" value={call.inputs} />
      <Section title="Output" value={call.output} />
      <FeedbackList call={call} />
      <Scoring project={project} callId={call.id} />
      <Section title="Attributes" value={call.attributes} />
      <Section title="Summary" value={ownSummary(call)} />
    </article>
  );
}

function Section({ title, value }: { title: string; value: unknown }) {
  return (
    <section>
      <h2>{title}</h2>
      <JsonView value={value} />
    </section>
  );
}

function FeedbackList({ call }: { call: Call }) {
  const feedback = call.summary.weave?.feedback ?? [];
  if (feedback.length === 0) return null;
  return (
    <section>
      <h2>Scores and feedback</h2>
      {feedback.map((item) => (
        <div className="feedback" key={item.id}>
          <strong>{item.feedback_type.replace("wandb.runnable.", "")}</strong> <small>{moment(item.created_at)}</small>
          <JsonView value={item.payload} />
        </div>
      ))}
    </section>
  );
}

function Scoring({ project, callId }: { project: string; callId: string }) {
  const query = useQuery({ queryKey: ["tasks", callId], queryFn: () => listTasks(project, { call_id: callId }) });
  if (!query.data?.length) return null;
  return (
    <section>
      <h2>Asked-for scores</h2>
      <ul>
        {query.data.map((task) => (
          <li key={task.id}>
            <Status value={task.state} /> <a href={pageOfRef(task.scorer_ref) ?? undefined}>{refLabel(task.scorer_ref)}</a> {task.reason && <em>{task.reason}</em>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the caller stored; the derived part is shown at the top. */
function ownSummary(call: Call): Record<string, unknown> {
  return Object.fromEntries(Object.entries(call.summary).filter(([key]) => key !== "weave"));
}

/** SDKs send exceptions as JSON with a traceback; others send text. */
function exceptionText(exception: string): string {
  try {
    const parsed = JSON.parse(exception) as { type?: string; message?: string };
    return parsed.type ? `${parsed.type}: ${parsed.message ?? ""}` : exception;
  } catch {
    return exception;
  }
}
