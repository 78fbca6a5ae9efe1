/** Small shared parts: states of loading, status, empty places. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";

export function Status({ value }: { value: string }) {
  return <span className={`status status-${value.replace(/\W/g, "-")}`}>{value.replace("_", " ")}</span>;
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Skeleton() {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      <i />
      <i />
      <i />
    </div>
  );
}

/** What a query gives: a skeleton, the reason it failed, or its data. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.isPending) return <Skeleton />;
  if (query.isError) return <Failure error={query.error} />;
  return <>{children(query.data)}</>;
}

function Failure({ error }: { error: Error }) {
  const needsKey = error instanceof ApiError && error.status === 401;
  return (
    <div className="failure" role="alert">
      <strong>{needsKey ? "You are not signed in." : error.message}</strong>{" "}
      {needsKey ? <a href="/authorize">Sign in with an API key</a> : "Reload the page to try again."}
    </div>
  );
}
