/** HTTP to the server: one function per way of answering, and one error with the server's own reason. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(reason);
  }
}

async function request(method: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new ApiError(response.status, await reasonOf(response));
  return response;
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) {
      if ("reason" in body) return String(body.reason);
      if ("detail" in body) return JSON.stringify(body.detail);
    }
  } catch {
    // Not JSON: the status has to do.
  }
  return `The server answered ${response.status}`;
}

export async function get<T>(path: string): Promise<T> {
  return (await request("GET", path)).json() as Promise<T>;
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return (await request("POST", path, body)).json() as Promise<T>;
}

export async function postText(path: string, body: unknown): Promise<string> {
  return (await request("POST", path, body)).text();
}

export async function postLines<T>(path: string, body: unknown): Promise<T[]> {
  const text = await postText(path, body);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
