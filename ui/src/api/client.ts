/** HTTP to the server, typed by our OpenAPI document; one error with the server's own sentence. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.gen";

/** The shapes of the API by name: `Schema<"FeedbackCreateReq">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export class ApiError extends Error {
  constructor(
    /** The status of the answer; 0 when there was none. */
    readonly status: number,
    sentence: string,
    /** By what the server's log can be searched; empty when there was no answer. */
    readonly requestId: string = "",
  ) {
    super(sentence);
  }
}

const client = createClient<paths>({ baseUrl: "" });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The data of a typed call, or an ApiError: `answer(api.POST("/feedback/query", { body }))`.
 * Every function of this folder goes through it or through `lines`.
 */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await call;
  } catch (error) {
    throw unreachable(error);
  }
  if (!got.response.ok) throw new ApiError(got.response.status, sentenceOf(got.error, got.response.status), got.response.headers.get("x-request-id") ?? "");
  return got.data as T;
}

export const api = client;

/** An answer of JSON Lines, item by item as they arrive. */
export async function* lines<T>(path: string, body: unknown, signal?: AbortSignal): AsyncGenerator<T> {
  const response = await raw(path, body, signal);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of readable(response)) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") yield JSON.parse(part) as T;
  }
  if (rest !== "") yield JSON.parse(rest) as T;
}

/** All items of an answer of JSON Lines. */
export async function allLines<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  for await (const item of lines<T>(path, body, signal)) items.push(item);
  return items;
}

/** The bytes of a stored file. */
export async function fileOf(project: string, digest: string, signal?: AbortSignal): Promise<Blob> {
  return (await raw("/file/content", { project_id: project, digest }, signal)).blob();
}

async function raw(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });
  } catch (error) {
    throw unreachable(error);
  }
  if (response.ok) return response;
  const problem: unknown = await response.json().catch(() => null);
  throw new ApiError(response.status, sentenceOf(problem, response.status), response.headers.get("x-request-id") ?? "");
}

async function* readable(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    // Whoever stops listening early frees the server too.
    await reader.cancel().catch(() => undefined);
  }
}

function unreachable(error: unknown): unknown {
  if (error instanceof DOMException && error.name === "AbortError") return error;
  return new ApiError(0, "The server cannot be reached.");
}

/** What the server says is wrong, as one sentence. */
export function sentenceOf(body: unknown, status: number): string {
  if (typeof body === "object" && body !== null) {
    if ("reason" in body && typeof body.reason === "string") return body.reason;
    if ("detail" in body && Array.isArray(body.detail)) {
      return body.detail.map((item: { loc?: unknown[]; msg?: string }) => `${(item.loc ?? []).slice(1).join(".")}: ${item.msg ?? "invalid"}`).join("; ");
    }
  }
  return `The server answered ${status}.`;
}
