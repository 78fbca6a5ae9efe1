/** Every address of the UI, those that SDKs print included, and the page it opens. A place is a line. */
import type { QueryClient } from "@tanstack/react-query";
import type { ComponentType } from "react";
import type { IconName } from "@/design/Icon";
import { askAhead as askTracesAhead } from "@/pages/traces/ahead";

type Load = () => Promise<{ default: ComponentType }>;
/** Asks for what a page shows first, so that the answer is on its way while the page is fetched and drawn. */
type Ahead = (client: QueryClient, project: string, params: URLSearchParams) => void;

export interface Place {
  /** Its name in the navigation and the breadcrumb. */
  title: string;
  icon: IconName;
  group: "Observe" | "Evaluate" | "Improve" | "Project";
  /** Two keys that lead there. */
  keys: string;
  /** Addresses below /entity/project; the navigation leads to the first. */
  paths: Record<string, Load>;
}

/** Addresses outside of a project. */
export const OUTSIDE: Record<string, Load> = {
  "/": () => import("@/pages/projects"),
  "/authorize": () => import("@/pages/sign-in"),
  "/weft/docs": () => import("@/pages/api-docs"),
};

const traces: Load = () => import("@/pages/traces");
const trace: Load = () => import("@/pages/trace");
const evaluation: Load = () => import("@/pages/evaluation");
const objects: Load = () => import("@/pages/objects");
const object: Load = () => import("@/pages/object");
const objectDiff: Load = () => import("@/pages/object-diff");

/** The places of a project, in the order of the navigation. */
export const PLACES: readonly Place[] = [
  { title: "Traces", icon: "traces", group: "Observe", keys: "g t", paths: { "weave/traces": traces, weave: traces, "weave/calls": traces, "weave/calls/$callId": trace, "r/call/$callId": trace } },
  { title: "Agents", icon: "agents", group: "Observe", keys: "g a", paths: { "weave/agents": () => import("@/pages/agents"), "weave/agents/$name": () => import("@/pages/agent"), "weave/agents/conversations": () => import("@/pages/conversations"), "weave/agents/conversations/$conversationId": () => import("@/pages/conversation") } },
  { title: "Threads", icon: "threads", group: "Observe", keys: "g h", paths: { "weave/threads": () => import("@/pages/threads"), "weave/threads/$threadId": () => import("@/pages/thread") } },
  { title: "Evaluations", icon: "evaluations", group: "Evaluate", keys: "g e", paths: { "weave/evaluations": () => import("@/pages/evaluations"), "weave/evaluations/$runId": evaluation } },
  { title: "Compare", icon: "compare", group: "Evaluate", keys: "g c", paths: { "weave/compare": () => import("@/pages/compare") } },
  { title: "Leaderboards", icon: "leaderboards", group: "Evaluate", keys: "g l", paths: { "weave/leaderboards": () => import("@/pages/leaderboards"), "weave/leaderboards/$name": () => import("@/pages/leaderboard") } },
  { title: "Scoring", icon: "scoring", group: "Evaluate", keys: "g s", paths: { "weave/scoring": () => import("@/pages/scoring"), "weave/scoring/explain": () => import("@/pages/scoring-explain"), "weave/scoring/$jobId": () => import("@/pages/scoring-job") } },
  { title: "Monitors", icon: "monitors", group: "Evaluate", keys: "g m", paths: { "weave/monitors": () => import("@/pages/monitors"), "weave/monitors/$name": () => import("@/pages/monitor") } },
  { title: "Feedback", icon: "feedback", group: "Improve", keys: "g f", paths: { "weave/feedback": () => import("@/pages/feedback") } },
  { title: "Annotation", icon: "annotation", group: "Improve", keys: "g q", paths: { "weave/queues": () => import("@/pages/queues"), "weave/queues/$queueId": () => import("@/pages/queue"), "weave/queues/$queueId/annotate": () => import("@/pages/annotate") } },
  { title: "Datasets & objects", icon: "objects", group: "Improve", keys: "g o", paths: { "weave/objects": objects, "weave/datasets": objects, "weave/models": objects, "weave/prompts": objects, "weave/scorers": objects, "weave/ops": objects, "weave/objects/$name": object, "weave/objects/$name/versions/$digest": object, "weave/objects/$name/diff": objectDiff, "weave/ops/$name": object, "weave/ops/$name/versions/$digest": object, "weave/ops/$name/diff": objectDiff } },
  { title: "Usage & cost", icon: "usage", group: "Project", keys: "g u", paths: { "weave/usage": () => import("@/pages/usage") } },
  { title: "Settings", icon: "settings", group: "Project", keys: "g ,", paths: { "weave/settings": () => import("@/pages/settings"), "weave/settings/$section": () => import("@/pages/settings") } },
];

/** The place whose pattern the router matched. */
export function placeOf(pattern: string): Place | undefined {
  return PLACES.find((place) => Object.keys(place.paths).some((path) => pattern === `/$entity/$project/${path}`));
}

/** The pages at which people arrive with a link or a bookmark, and what they ask for before they are drawn. */
export const AHEAD = new Map<Load, Ahead>([[traces, askTracesAhead]]);
