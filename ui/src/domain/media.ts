/** Pictures, sounds and files inside payloads: how SDKs write them down. Pure. */
import { parseRef } from "./refs";

export interface StoredFile {
  kind: "stored";
  name: string;
  digest: string;
  mime: string;
}
export interface InlineData {
  kind: "inline";
  mime: string;
  url: string;
}
export type Media = StoredFile | InlineData;

const TYPES: Record<string, string> = {
  png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", svg: "image/svg+xml",
  wav: "audio/wav", mp3: "audio/mpeg", ogg: "audio/ogg", flac: "audio/flac", m4a: "audio/mp4",
  mp4: "video/mp4", webm: "video/webm", pdf: "application/pdf", json: "application/json", txt: "text/plain", md: "text/markdown", html: "text/html",
};

export function mimeOf(name: string): string {
  return TYPES[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
}

/** The file that a value written by an SDK stands for, or null when it is an ordinary value. */
export function mediaOf(value: unknown): Media | null {
  if (typeof value === "string") return inline(value);
  if (typeof value !== "object" || value === null || !("files" in value) || !("_type" in value) || value._type !== "CustomWeaveType") return null;
  const files = value.files;
  if (typeof files !== "object" || files === null) return null;
  for (const [name, digest] of Object.entries(files)) {
    if (name !== "metadata.json" && name !== "obj.py" && typeof digest === "string") return { kind: "stored", name, digest, mime: mimeOf(name) };
  }
  return null;
}

function inline(text: string): InlineData | null {
  const match = /^data:((?:image\/(?:png|jpeg|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+));base64,[A-Za-z0-9+/]/.exec(text.slice(0, 200));
  return match ? { kind: "inline", mime: match[1]!, url: text } : null;
}

/** Whether a ref leads to content that the server took out of a payload, by the name it gives to it. */
export function isContentRef(text: string): boolean {
  const ref = parseRef(text);
  return ref?.kind === "object" && /^(image|audio|video|file)-[0-9a-f]{4}/.test(ref.name);
}

/** What the first bytes say, for content whose name tells nothing. */
export function sniff(bytes: Uint8Array): string {
  const head = Array.from(bytes.slice(0, 12), (byte) => String.fromCharCode(byte)).join("");
  if (head.startsWith("\x89PNG")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("GIF8")) return "image/gif";
  if (head.startsWith("RIFF") && head.slice(8) === "WEBP") return "image/webp";
  if (head.startsWith("RIFF") && head.slice(8) === "WAVE") return "audio/wav";
  if (head.startsWith("ID3") || head.startsWith("\xff\xfb")) return "audio/mpeg";
  if (head.startsWith("OggS")) return "audio/ogg";
  if (head.startsWith("%PDF")) return "application/pdf";
  if (head.slice(4, 8) === "ftyp") return "video/mp4";
  return "application/octet-stream";
}
