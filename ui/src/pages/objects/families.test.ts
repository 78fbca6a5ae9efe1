import { describe, expect, it } from "vitest";
import { familyOf } from "./families";

describe("the family that an address means", () => {
  it.each([
    ["", "/team/app/weave/objects", undefined],
    ["", "/team/app/weave/datasets", "dataset"],
    ["", "/team/app/weave/ops/", "op"],
    ["prompt", "/team/app/weave/objects", "prompt"],
    ["all", "/team/app/weave/datasets", undefined],
    ["nonsense", "/team/app/weave/objects", undefined],
  ])("%j at %s is %s", (kind, path, family) => expect(familyOf(kind, path)).toBe(family));
});
