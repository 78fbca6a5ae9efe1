/** Every address of the UI, those that SDKs print included, and the page it opens. */
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Layout } from "./components/Layout";
import { ApiDocs } from "./pages/ApiDocs";
import { CallPage } from "./pages/CallPage";
import { EvaluationRun } from "./pages/EvaluationRun";
import { Evaluations } from "./pages/Evaluations";
import { NotFound } from "./pages/NotFound";
import { ObjectPage } from "./pages/ObjectPage";
import { Objects } from "./pages/Objects";
import { Projects } from "./pages/Projects";
import { Scoring } from "./pages/Scoring";
import { SignIn } from "./pages/SignIn";
import { Traces } from "./pages/Traces";

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound });

const PAGES: [string, () => ReactNode][] = [
  ["/", Projects],
  ["/authorize", SignIn],
  ["/weft/docs", ApiDocs],
  ["/$entity/$project/weave", Traces],
  ["/$entity/$project/weave/traces", Traces],
  ["/$entity/$project/weave/calls/$callId", CallPage],
  ["/$entity/$project/r/call/$callId", CallPage],
  ["/$entity/$project/weave/evaluations", Evaluations],
  ["/$entity/$project/weave/evaluations/$runId", EvaluationRun],
  ["/$entity/$project/weave/scoring", Scoring],
  ["/$entity/$project/weave/objects", Objects],
  ["/$entity/$project/weave/objects/$name/versions/$digest", ObjectPage],
  ["/$entity/$project/weave/ops/$name/versions/$digest", ObjectPage],
  ["/$entity/$project/weave/leaderboards/$name", ObjectPage],
];

const routes = PAGES.map(([path, component]) => createRoute({ getParentRoute: () => root, path, component }));

export const router = createRouter({ routeTree: root.addChildren(routes) });
