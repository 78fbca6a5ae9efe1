import { describe, expect, it } from "vitest";
import { router } from "./router";

// What SDKs print (tests/contract and the contract's chapter 7), and what people keep as bookmarks.
const OPENED: [string, string][] = [
  ["/team/app/weave", "/$entity/$project/weave"],
  ["/team/app/r/call/0192-ab", "/$entity/$project/r/call/$callId"],
  ["/team/app/weave/calls/0192-ab", "/$entity/$project/weave/calls/$callId"],
  ["/team/app/weave/objects/my%20set/versions/abc", "/$entity/$project/weave/objects/$name/versions/$digest"],
  ["/team/app/weave/objects/my-set", "/$entity/$project/weave/objects/$name"],
  ["/team/app/weave/objects/my-set/diff", "/$entity/$project/weave/objects/$name/diff"],
  ["/team/app/weave/datasets", "/$entity/$project/weave/datasets"],
  ["/team/app/weave/ops/predict/versions/abc", "/$entity/$project/weave/ops/$name/versions/$digest"],
  ["/team/app/weave/leaderboards/best", "/$entity/$project/weave/leaderboards/$name"],
  ["/team/app/weave/leaderboards", "/$entity/$project/weave/leaderboards"],
  ["/team/app/weave/compare", "/$entity/$project/weave/compare"],
  ["/team/app/weave/traces", "/$entity/$project/weave/traces"],
  ["/team/app/weave/evaluations", "/$entity/$project/weave/evaluations"],
  ["/team/app/weave/scoring/explain", "/$entity/$project/weave/scoring/explain"],
  ["/team/app/weave/scoring/0192-ab", "/$entity/$project/weave/scoring/$jobId"],
  ["/team/app/weave/monitors/my%20monitor", "/$entity/$project/weave/monitors/$name"],
  ["/team/app/weave/agents/conversations/support%20talk%2F1", "/$entity/$project/weave/agents/conversations/$conversationId"],
  ["/team/app/weave/agents/conversations", "/$entity/$project/weave/agents/conversations"],
  ["/team/app/weave/agents/support-agent", "/$entity/$project/weave/agents/$name"],
  ["/authorize", "/authorize"],
];

describe("addresses", () => {
  it.each(OPENED)("%s opens %s", (address, pattern) => {
    const [, , found] = router.getMatchedRoutes(address);
    expect(found?.id).toBe(pattern);
  });
  it("say when nothing is there", () => {
    const [, params] = router.getMatchedRoutes("/team/app/weave/nowhere/at/all");
    expect(params["**"]).toBe("nowhere/at/all");
  });
  it("keep their search as it was typed", () => {
    const parsed = router.options.parseSearch!("?view=mine&f=a~is~1&f=b~is~%22x%22");
    expect(parsed).toEqual({ view: ["mine"], f: ["a~is~1", 'b~is~"x"'] });
    expect(new URLSearchParams(router.options.stringifySearch!(parsed)).getAll("f")).toEqual(["a~is~1", 'b~is~"x"']);
  });
});
