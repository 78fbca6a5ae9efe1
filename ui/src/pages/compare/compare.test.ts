import { describe, expect, it } from "vitest";
import { type Comparison, type RunDifference, turned } from "@/api/compare";
import { differenceText, partsOf, pText, spanOf, toneOf, valueText } from "./figures";
import { groupsOf, metricLabel, runsOf, viewOf } from "./view";
import { wordDifferences } from "./words";

const address = (search: string) => (name: string) => new URLSearchParams(search).get(name) ?? "";
const run = (run_id: string, dataset_ref: string, scorers: Record<string, string> = {}) => ({ run_id, dataset_ref, scorers }) as unknown as Comparison["runs"][number];
const difference = (fields: Partial<RunDifference>) => ({ run_id: "b", difference: null, interval: null, verdict: "no evidence", discordant: null, ...fields }) as RunDifference;

describe("the address of a comparison", () => {
  it("names each run once", () => {
    expect(runsOf("a, b,,a,c")).toEqual(["a", "b", "c"]);
  });
  it("has the first run as baseline unless it names one of the runs", () => {
    expect(viewOf(address("runs=a,b"), []).compared.baseline).toBe("a");
    expect(viewOf(address("runs=a,b&baseline=b"), []).compared.baseline).toBe("b");
    expect(viewOf(address("runs=a,b&baseline=x"), []).compared.baseline).toBe("a");
  });
  it("gives no meaning to what is no choice", () => {
    const { compared, rows } = viewOf(address("runs=a,b&only=x&sort=x&level=12&run=a"), []);
    expect([compared.confidence, compared.metrics, rows]).toEqual([0.95, null, { metric: null, run: null, only: null, sort: "difference" }]);
    expect(viewOf(address("runs=a,b&only=disagree&sort=regression&level=99&run=b&metric=m"), ["m"])).toEqual({
      compared: { runs: ["a", "b"], baseline: "a", metrics: ["m"], confidence: 0.99 },
      rows: { metric: "m", run: "b", only: "disagree", sort: "regression" },
    });
  });
});

describe("figures", () => {
  it.each([
    [{ kind: "boolean", unit: null }, 0.125, "12.5%", "+12.5 pp"],
    [{ kind: "number", unit: "s" }, 0.0004, "0.4 ms", "+0.4 ms"],
    [{ kind: "number", unit: "USD" }, 0.02, "$0.02", "+$0.02"],
    [{ kind: "number", unit: null }, 3, "3", "+3"],
  ] as const)("of %o", (shape, value, text, change) => {
    expect(valueText(shape, value)).toBe(text);
    expect(differenceText(shape, value)).toBe(change);
    expect(differenceText(shape, -value)).toBe(change.replace("+", "−"));
    expect(valueText(shape, null)).toBe("–");
  });
  it("tell small probabilities as small", () => {
    expect([0.00004, 0.0312, 0.42, 1, null].map(pText)).toEqual(["<0.001", "0.031", "0.42", "1", "–"]);
  });
  it("are drawn on a line that holds zero", () => {
    const [low, high] = spanOf([difference({ difference: 2, interval: { low: 1, high: 3, method: "" } })]);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(3);
    expect(spanOf([difference({})])).toEqual([-1, 1]);
  });
  it("are good when they go the way that is better", () => {
    expect([toneOf("higher", 1), toneOf("lower", 1), toneOf("lower", -1), toneOf("higher", 0), toneOf("higher", null)]).toEqual(["good", "bad", "good", "neutral", "neutral"]);
  });
  it("turn from better to worse with the direction", () => {
    const data = { metrics: [{ name: "m", direction: "higher", direction_from: "default", differences: [difference({ verdict: "better", discordant: { better: 3, worse: 1 } })] }] } as unknown as Comparison;
    const metric = turned(data, "m", "lower", "stored").metrics[0]!;
    expect(metric.differences[0]).toMatchObject({ verdict: "worse", discordant: { better: 1, worse: 3 } });
    expect([metric.direction, metric.direction_from]).toEqual(["lower", "stored"]);
    expect(turned(data, "other", "lower", "stored")).toEqual(data);
  });
});

describe("names", () => {
  it("of metrics are those of their scorers", () => {
    expect(["scores.judge.is\\.ok", "latency"].map(metricLabel)).toEqual(["judge.is.ok", "latency"]);
  });
  it("of warnings tell who has which version", () => {
    const runs = [run("a", "weave:///e/p/object/d:1111111"), run("b", "weave:///e/p/object/d:2222222"), run("c", "weave:///e/p/object/d:1111111")];
    expect(groupsOf({ code: "dataset_versions_differ", message: "" }, runs)).toEqual([
      { label: "d:111111", runs: [0, 2] },
      { label: "d:222222", runs: [1] },
    ]);
    expect(groupsOf({ code: "few_examples", message: "", run_ids: ["b"] }, runs)).toEqual([{ label: "", runs: [1] }]);
  });
});

describe("previews of examples", () => {
  it("are told key by key, unless they were cut", () => {
    expect(partsOf('{"q":"why?","n":1}')).toEqual([{ key: "q", text: "why?" }, { key: "n", text: "1" }]);
    expect([partsOf('{"q":"wh…'), partsOf("plain")]).toEqual([[{ key: "", text: '{"q":"wh…' }], [{ key: "", text: "plain" }]]);
  });
});

describe("words", () => {
  it("of both texts stand once", () => {
    expect(wordDifferences("Open the red page.", "Open the blue page!")).toEqual([
      { kind: "same", text: "Open the " },
      { kind: "removed", text: "red" },
      { kind: "added", text: "blue" },
      { kind: "same", text: " page" },
      { kind: "removed", text: "." },
      { kind: "added", text: "!" },
    ]);
  });
  it("that all changed are one change", () => {
    expect(wordDifferences("Please call us.", "Open the page.")).toEqual([
      { kind: "removed", text: "Please call us" },
      { kind: "added", text: "Open the page" },
      { kind: "same", text: "." },
    ]);
  });
  it("make up both texts, whatever these are", () => {
    for (const [before, after] of [["", "a"], ["a", ""], ["שלום 🙂 x", "שלום x 🙂"], ["a\n\nb", "a b"]] as const) {
      const pieces = wordDifferences(before, after)!;
      expect(pieces.filter((piece) => piece.kind !== "added").map((piece) => piece.text).join("")).toBe(before);
      expect(pieces.filter((piece) => piece.kind !== "removed").map((piece) => piece.text).join("")).toBe(after);
    }
  });
  it("of long texts are not compared one by one", () => {
    expect(wordDifferences("a ".repeat(2000), "b ".repeat(2000))).toBeNull();
    expect(wordDifferences("a ".repeat(5000), "a ".repeat(5000))).toEqual([{ kind: "same", text: "a ".repeat(5000) }]);
  });
});
