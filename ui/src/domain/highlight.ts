/** The words of a program in Python or TypeScript by what they are, for colouring; nothing is lost or added. Pure. */

export type TokenKind = "plain" | "comment" | "string" | "keyword" | "number" | "decorator";

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS: Record<string, string> = {
  python:
    "False None True and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
  typescript:
    "as async await break case catch class const continue default else export extends false finally for from function if import in instanceof interface let new null of return static super switch this throw true try type typeof undefined var void while yield",
};
const STRINGS: Record<string, string> = {
  python: `[rRbBuUfF]{0,2}(?:"""(?:[^\\\\]|\\\\[^])*?(?:"""|(?![^]))|'''(?:[^\\\\]|\\\\[^])*?(?:'''|(?![^]))|"(?:[^"\\\\\\n]|\\\\.)*"?|'(?:[^'\\\\\\n]|\\\\.)*'?)`,
  typescript: `"(?:[^"\\\\\\n]|\\\\.)*"?|'(?:[^'\\\\\\n]|\\\\.)*'?|\`(?:[^\`\\\\]|\\\\[^])*\`?`,
};
const COMMENTS: Record<string, string> = { python: "#[^\\n]*", typescript: "//[^\\n]*|/\\*[^]*?(?:\\*/|(?![^]))" };
// Longer programs are read as they are.
const LONGEST = 200_000;

/** The program as tokens whose texts together are the program. */
export function tokens(text: string, language: string): Token[] {
  const keywords = KEYWORDS[language];
  if (keywords === undefined || text.length > LONGEST) return [{ kind: "plain", text }];
  const pattern = new RegExp(
    `(?<comment>${COMMENTS[language]})|(?<string>${STRINGS[language]})|(?<decorator>^[ \\t]*@[\\w.]+)|(?<number>\\b\\d[\\d_]*(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\b)|(?<keyword>\\b(?:${keywords.replaceAll(" ", "|")})\\b)`,
    "gm",
  );
  const found: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === "") continue;
    if (match.index > end) found.push({ kind: "plain", text: text.slice(end, match.index) });
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0] as TokenKind;
    found.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: "plain", text: text.slice(end) });
  return found;
}

/** The same tokens line by line. */
export function tokenLines(text: string, language: string): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens(text, language)) {
    token.text.split("\n").forEach((piece, at) => {
      if (at > 0) lines.push([]);
      if (piece !== "") lines.at(-1)!.push({ kind: token.kind, text: piece });
    });
  }
  return lines;
}
