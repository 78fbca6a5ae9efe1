import { describe, expect, it } from "vitest";
import { tokenLines, tokens } from "./highlight";

const kinds = (text: string, language = "python") => tokens(text, language).filter((token) => token.kind !== "plain").map((token) => [token.kind, token.text]);

describe("the words of programs", () => {
  it("are told apart in Python", () => {
    const text = '@weave.op\ndef f(x: int = 3) -> str:  # "no string"\n    return f"a # {x}" or \'\'\'two\nlines\'\'\'';
    expect(kinds(text)).toEqual([
      ["decorator", "@weave.op"], ["keyword", "def"], ["number", "3"], ["comment", '# "no string"'], ["keyword", "return"], ["string", 'f"a # {x}"'], ["keyword", "or"], ["string", "'''two\nlines'''"],
    ]);
  });
  it("are told apart in TypeScript", () => {
    expect(kinds("const a = `x ${1}`; // done", "typescript")).toEqual([["keyword", "const"], ["string", "`x ${1}`"], ["comment", "// done"]]);
  });
  it.each(["", "'", '"""', "é@x\n\n'a\\", "#".repeat(10), "a\r\nb", "'''".repeat(3)])("lose nothing of %j", (text) => {
    for (const language of ["python", "typescript", "other"]) {
      expect(tokens(text, language).map((token) => token.text).join("")).toBe(text);
      expect(tokenLines(text, language).map((line) => line.map((token) => token.text).join("")).join("\n")).toBe(text);
    }
  });
});
