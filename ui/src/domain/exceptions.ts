/** What went wrong in a call: SDKs send JSON with a traceback, others send text. Pure. */

export interface Failure {
  title: string;
  traceback: string | null;
}

export function failureOf(exception: string): Failure {
  try {
    const parsed: unknown = JSON.parse(exception);
    if (typeof parsed === "object" && parsed !== null && "type" in parsed) {
      const { type, message, traceback } = parsed as Record<string, unknown>;
      return { title: message ? `${String(type)}: ${String(message)}` : String(type), traceback: typeof traceback === "string" ? traceback : null };
    }
  } catch {
    // Plain text.
  }
  const lines = exception.trim().split("\n");
  if (lines.length < 3) return { title: exception, traceback: null };
  // Python's tracebacks end in what happened; others begin with it.
  const last = lines.at(-1)!;
  return { title: lines[0]!.startsWith("Traceback") ? last : lines[0]!, traceback: exception };
}
