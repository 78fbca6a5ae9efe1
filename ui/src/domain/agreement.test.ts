import { describe, expect, it } from "vitest";
import { kappaInWords, labelsOf, typeInWords, wordOfKappa } from "./agreement";

describe("kappa in words", () => {
  it.each([[-0.1, "worse than chance"], [0, "slight"], [0.2, "slight"], [0.4, "fair"], [0.5, "moderate"], [0.8, "substantial"], [1, "almost perfect"]])("%d is %s", (value, word) =>
    expect(wordOfKappa(value)).toBe(word));
  it("tells how far the interval reaches", () => {
    expect(kappaInWords({ value: 0.55, low: 0.1, high: 0.9 })).toBe("The agreement beyond chance is moderate, but the interval reaches from slight to almost perfect.");
    expect(kappaInWords({ value: 0.9, low: 0.85, high: 0.95 })).toMatch("says the same");
    expect(kappaInWords({ value: -0.5, low: -0.9, high: -0.1 })).toMatch("less than chance");
  });
});

describe("types of feedback", () => {
  it.each([
    ["wandb.runnable.judge", { name: "judge", kind: "score" }],
    ["wandb.annotation.mood", { name: "mood", kind: "annotation" }],
    ["wandb.reaction.1", { name: "reaction", kind: "" }],
    ["my.own", { name: "my.own", kind: "custom" }],
  ])("%s", (type, words) => expect(typeInWords(type)).toEqual(words));
});

describe("labels", () => {
  it("are read as pairs", () => expect(labelsOf("👍=true, 👎 = false,x,=y,a=b=c")).toEqual({ "👍": "true", "👎": "false" }));
});
