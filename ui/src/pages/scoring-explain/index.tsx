/** Why was this call scored, or not? The call is in the address as `call`, one monitor as `monitor`. */
import { type FormEvent, useState } from "react";
import { useExplanation } from "@/api/scoring";
import { AskForScores } from "@/components/AskForScores";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { ScoringExplanation } from "@/components/ScoringExplanation";
import { EmptyState, Loaded } from "@/components/States";
import { type ProjectName, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import { callIdsOf } from "@/domain/scoring";
import styles from "./Explain.module.css";

export default function Explain() {
  const project = useProject();
  const url = useUrlState();
  const [call, monitor] = [url.get("call"), url.get("monitor")];
  return (
    <Page
      title="Why was this call scored, or not?"
      facts={
        <>
          <Link href={project.href("weave/scoring")}>Scoring</Link>
          <Link href={project.href("weave/monitors")}>Monitors</Link>
          {monitor && (
            <p>
              only by the monitor {monitor}, or <Link href={url.href({ monitor: null })}>by all</Link>
            </p>
          )}
        </>
      }
      actions={call && <Button onClick={() => url.set({ ask: "1" })}>Ask for a score of it</Button>}
    >
      <Which key={call} call={call} onChange={(id) => url.set({ call: id })} />
      {call === "" ? <Nothing project={project} /> : <Answer project={project} call={call} monitor={monitor} />}
      <AskForScores key={`asked ${call}`} calls={call} open={url.get("ask") === "1"} onClose={() => url.set({ ask: null }, true)} />
    </Page>
  );
}

function Which({ call, onChange }: { call: string; onChange: (id: string) => void }) {
  const [text, setText] = useState(call);
  const id = callIdsOf(text)[0] ?? "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (id !== "") onChange(id);
  };
  return (
    <form className={styles["which"]} onSubmit={submit}>
      <TextField label="Call" value={text} placeholder="Its id or its address" onChange={(event) => setText(event.target.value)} />
      <Button type="submit" kind="primary" disabled={id === "" || id === call}>
        Explain
      </Button>
    </form>
  );
}

function Answer({ project, call, monitor }: { project: ProjectName; call: string; monitor: string }) {
  const query = useExplanation(project.id, call, monitor);
  return (
    <Loaded query={query}>
      {(found) => (
        <>
          {found.call.found && (
            <p>
              <Link href={project.href(`r/call/${encodeURIComponent(call)}`)}>Open the call</Link>
            </p>
          )}
          <ScoringExplanation found={found} />
        </>
      )}
    </Loaded>
  );
}

function Nothing({ project }: { project: ProjectName }) {
  return (
    <EmptyState title="Which call?" icon="help" code={`call.id                    # in Python, of a traced call\nanswer.call("question")    # gives the result and the call`}>
      <p>
        Paste the id of any call, also of one that does not exist. The tab “Scoring” of a <Link href={project.href("weave/traces")}>trace</Link> asks the same of the call that is open. Nothing of it is logged:
        every question is asked again now.
      </p>
    </EmptyState>
  );
}
