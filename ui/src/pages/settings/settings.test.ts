import { describe, expect, it } from "vitest";
import { dayOfRemoval } from "./dates";
import { reaches, scopeLabel } from "./grants";
import { perMillion, perToken } from "./tokenPrices";

describe("a scope", () => {
  it.each([["*", true], ["team/*", true], ["team/app", true], ["team/app2", false], ["tea/*", false], ["other/*", false]])("%s reaches team/app: %s", (scope, does) => expect(reaches(scope, "team/app")).toBe(does));
  it.each([["*", "all projects"], ["team/*", "all of team"], ["team/app", "team/app"]])("%s reads %s", (scope, label) => expect(scopeLabel(scope)).toBe(label));
});

describe("prices", () => {
  it("are typed per million tokens and kept per token", () => {
    expect(perToken("2.5")).toBe(0.0000025);
    expect(perToken(" 0 ")).toBe(0);
    expect(perToken("")).toBeNull();
    expect(perToken("-1")).toBeNull();
    expect(perToken("cheap")).toBeNull();
  });
  it("are shown without what floating point adds", () => {
    expect(perMillion(0.0000025)).toBe("$2.5");
    expect(perMillion(0.00000015)).toBe("$0.15");
    expect(perMillion(0)).toBe("$0");
    expect(perMillion(null)).toBe("–");
  });
});

describe("retention", () => {
  it("says on which day what comes in now is removed", () => {
    expect(dayOfRemoval(30, Date.UTC(2026, 0, 1))).toBe("Jan 31, 2026");
  });
});
