/** All feedback of a project: how much of which type over time, what it says, each of it, and how far two sources agree. */
import { useMemo } from "react";
import { type Distributions, useDistributions } from "@/api/feedbackStats";
import { Page } from "@/components/Page";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { Segments, Tabs } from "@/design/Tabs";
import { counted } from "@/domain/format";
import { Agreement } from "./Agreement";
import { Explorer } from "./Explorer";

const SPANS = [
  { value: "1", label: "24 h" },
  { value: "7", label: "7 d" },
  { value: "30", label: "30 d" },
  { value: "90", label: "90 d" },
  { value: "365", label: "1 y" },
] as const;
const USUAL = "30";
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Whole minutes, so that coming back within one asks for the same again. */
function startOf(days: string): string {
  return new Date(Math.floor((Date.now() - Number(days) * DAY_MS) / MINUTE_MS) * MINUTE_MS).toISOString();
}

export default function FeedbackPage() {
  const project = useProject();
  const url = useUrlState();
  const days = SPANS.find((span) => span.value === url.get("days"))?.value ?? USUAL;
  const start = useMemo(() => startOf(days), [days]);
  const types = useDistributions(project.id, start, "");
  const total = types.data?.types.reduce((sum, type) => sum + type.count, 0);
  return (
    <Page
      title="Feedback"
      facts={total !== undefined && <span className="number">{counted(total, "piece")} of feedback since {new Date(start).toLocaleDateString()}</span>}
      actions={<Segments label="Time" value={days} choices={SPANS} onChange={(value) => url.set({ days: value === USUAL ? null : value })} />}
    >
      {types.isPending ? (
        <Skeleton lines={8} label="Loading feedback" />
      ) : types.isError ? (
        <ErrorState error={types.error} onRetry={() => void types.refetch()} />
      ) : types.data.types.length === 0 ? (
        <Empty project={project.id} days={days} onLonger={() => url.set({ days: "365" })} />
      ) : (
        <Views types={types.data} start={start} />
      )}
    </Page>
  );
}

function Views({ types, start }: { types: Distributions; start: string }) {
  const url = useUrlState();
  const view = url.get("view") === "agreement" ? "agreement" : "explore";
  const tabs = [
    { id: "explore", title: "Explore", content: () => <Explorer types={types} start={start} /> },
    { id: "agreement", title: "Agreement", content: () => <Agreement types={types} start={start} /> },
  ];
  return <Tabs label="Views of feedback" tabs={tabs} value={view} onChange={(next) => url.set({ view: next === "explore" ? null : next })} />;
}

function Empty({ project, days, onLonger }: { project: string; days: string; onLonger: () => void }) {
  return (
    <EmptyState
      title={days === "365" ? "No feedback yet" : "No feedback in this time"}
      icon="feedback"
      code={`client = weave.init("${project}")
call = client.get_call("<id of a call>")
call.feedback.add_reaction("👍")
call.feedback.add("correctness", {"value": 4})`}
    >
      <div className="stack">
        <p>Feedback is what people, scorers and your users say of calls. Give it on the page of a call, in an annotation queue, by a scorer, or from code:</p>
        {days !== "365" && (
          <div>
            <Button onClick={onLonger}>Look at the whole last year</Button>
          </div>
        )}
      </div>
    </EmptyState>
  );
}
