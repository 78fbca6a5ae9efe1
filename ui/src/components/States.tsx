/** What stands where data will be: skeletons, empty places, and failures with what to do about them. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "@/api/client";
import { Button } from "@/design/Button";
import { Icon, type IconName } from "@/design/Icon";
import { Code } from "./Code";
import { Link } from "./Link";
import styles from "./States.module.css";

export function Skeleton({ lines = 4, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className={styles["skeleton"]} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, at) => (
        <i key={at} style={{ width: `${90 - ((at * 37) % 50)}%` }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  icon?: IconName;
  /** The lines that would make something appear here. */
  code?: string;
  children?: ReactNode;
}

export function EmptyState({ title, icon = "traces", code, children }: EmptyProps) {
  return (
    <div className={styles["empty"]}>
      <span className={styles["emblem"]}>
        <Icon name={icon} size={22} />
      </span>
      <h2>{title}</h2>
      {children && <div className="quiet">{children}</div>}
      {code && <Code text={code} language="python" />}
    </div>
  );
}

/** The three lines that send the first trace to this server. */
export function FirstTrace({ project }: { project: string }) {
  return (
    <EmptyState
      title="No traces yet"
      code={`import weave                      # WANDB_BASE_URL=${location.origin} WANDB_API_KEY=<your key>
weave.init("${project}")
weave.op(lambda name: f"Hello, {name}")("Weft")`}
    >
      Three lines with the official SDK, and they are here.
    </EmptyState>
  );
}

/** What to do about an error, in one sentence. */
function advice(error: Error): string {
  const status = error instanceof ApiError ? error.status : -1;
  if (status === 0) return "Check that the server runs and that you are connected, then try again.";
  if (status === 401) return "Sign in with an API key.";
  if (status === 403) return "Ask an administrator of this project for a role that may.";
  if (status === 404) return "It may have been deleted, or the address may be mistyped.";
  if (status === 400 || status === 422) return "Change what you asked for: the filter, the sort or the value named above.";
  if (status === 504) return "Ask for less: a shorter time or a narrower filter.";
  return "Try again; if it stays, look for the request in the server's log.";
}

export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const stranger = error instanceof ApiError && error.status === 401;
  return (
    <div className={styles["error"]} role="alert">
      <Icon name="error" size={18} />
      <div className="stack">
        <strong>{stranger ? "You are not signed in." : error.message}</strong>
        <span className="quiet">{advice(error)}</span>
        <div className="row">
          {stranger ? <Link href="/authorize">Sign in</Link> : onRetry && <Button small icon="refresh" onClick={onRetry}>Try again</Button>}
          {error instanceof ApiError && error.requestId && <span className="quiet small">Request <code>{error.requestId}</code></span>}
        </div>
      </div>
    </div>
  );
}

/** What a query gives: a skeleton, the reason it failed, or its data. */
export function Loaded<T>({ query, skeleton, children }: { query: UseQueryResult<T>; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  if (query.isPending) return <>{skeleton ?? <Skeleton />}</>;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <>{children(query.data)}</>;
}
