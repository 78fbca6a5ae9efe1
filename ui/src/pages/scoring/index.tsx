/** Scoring of a project: the queue, what was asked for, and where each task stands. */
import { AskForScores } from "@/components/AskForScores";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { ScoringTasks } from "@/components/ScoringTasks";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { Tabs } from "@/design/Tabs";
import { Jobs } from "./Jobs";
import { QueuePanel } from "./QueuePanel";

const ALL = {};
const OF_TASKS = { state: null, scorer: null, reason: null, task: null };

export default function Scoring() {
  const project = useProject();
  const url = useUrlState();
  return (
    <Page
      title="Scoring"
      facts={<Link href={project.href("weave/scoring/explain")}>Why was a call scored, or not?</Link>}
      actions={
        <Button kind="primary" icon="scoring" onClick={() => url.set({ ask: "1" })}>
          Ask for scores
        </Button>
      }
    >
      <QueuePanel />
      <Tabs label="Jobs or tasks" value={url.get("view") === "tasks" ? "tasks" : "jobs"} onChange={(view) => url.set({ ...OF_TASKS, page: null, view: view === "tasks" ? view : null }, true)}
        tabs={[
          { id: "jobs", title: "Jobs", content: () => <Jobs /> },
          { id: "tasks", title: "Tasks", content: () => <ScoringTasks scope={ALL} of="of this project" /> },
        ]} />
      <AskForScores open={url.get("ask") === "1"} onClose={() => url.set({ ask: null }, true)} />
    </Page>
  );
}
