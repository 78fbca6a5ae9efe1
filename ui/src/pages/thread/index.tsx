/** A thread as the conversation it is: turn after turn, each with its call, its latency and what was said of it. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Preview, usePreviews } from "@/api/previews";
import { turnsOf, useThread } from "@/api/threads";
import { Page } from "@/components/Page";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { Link } from "@/components/Link";
import { useKeys } from "@/components/useKeys";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Latency, Time, Tokens } from "@/components/Values";
import { Button } from "@/design/Button";
import { Segments } from "@/design/Tabs";
import { counted } from "@/domain/format";
import styles from "./Thread.module.css";
import { TurnCard } from "./TurnCard";

export default function ThreadPage() {
  const project = useProject();
  const id = useParam("threadId");
  const url = useUrlState();
  const newestFirst = url.get("order") === "newest";
  const thread = useThread(project.id, id);
  const wanted = useMemo(() => turnsOf(id, newestFirst), [id, newestFirst]);
  const list = usePreviews(project.id, wanted);
  const turns = useMemo(() => [...new Map((list.data?.pages.flat() ?? []).map((turn) => [turn.id, turn])).values()], [list.data]);
  // Until the other order is here, the turns of before are shown, in the order of before: without numbers.
  const stale = list.isPlaceholderData;
  const total = thread.data?.turn_count;
  const numberOf = (at: number) => (stale ? undefined : !newestFirst ? at + 1 : total === undefined ? undefined : total - at);
  const marked = url.get("turn");
  const move = (by: number) => {
    if (stale) return;
    const at = turns.findIndex((turn) => turn.id === marked);
    const next = turns[at < 0 ? (by > 0 ? 0 : turns.length - 1) : at + by];
    if (next) url.set({ turn: next.id }, true);
  };
  useKeys([
    { keys: "j", what: "Next turn", run: () => move(1) },
    { keys: "k", what: "Turn before", run: () => move(-1) },
  ]);
  return (
    <Page
      title={id}
      heading={<bdi>{id}</bdi>}
      facts={
        thread.data && (
          <>
            <span>{counted(thread.data.turn_count, "turn")}</span>
            <span>started <Time at={thread.data.start_time} /></span>
            <span>last <Time at={thread.data.last_updated} /></span>
            <span title="Half of the turns took at most so long, and 99 of 100">
              turn p50 <Latency ms={thread.data.p50_turn_duration_ms} />, p99 <Latency ms={thread.data.p99_turn_duration_ms} />
            </span>
            {thread.data.usage && <span><Tokens input={thread.data.usage.input_tokens} output={thread.data.usage.output_tokens} total={thread.data.usage.total_tokens} /> tokens</span>}
            {typeof thread.data.usage?.cost === "number" && <span><Cost dollars={thread.data.usage?.cost} /></span>}
            {(thread.data.usage?.failed_turns ?? 0) > 0 && <span className={styles["bad"]}>{thread.data.usage?.failed_turns} failed</span>}
          </>
        )
      }
      actions={
        <>
          <Segments label="Order" value={newestFirst ? "newest" : "oldest"} onChange={(value) => url.set({ order: value === "newest" ? value : null, turn: null })}
            choices={[{ value: "oldest", label: "Oldest first" }, { value: "newest", label: "Newest first" }]} />
          <Link href={project.href(`weave/traces?all=1&f=${encodeURIComponent(`thread_id~is~${id}`)}`)}>As traces</Link>
        </>
      }
    >
      {list.isPending && <Skeleton lines={8} label="Loading the turns" />}
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && turns.length === 0 && (
        <EmptyState title="No thread of this id" icon="threads">
          <p>Its turns may have been deleted, or the address may be mistyped. <Link href={project.href("weave/threads")}>All threads</Link></p>
        </EmptyState>
      )}
      <ol className={styles["turns"]} aria-label="Turns">
        {turns.map((turn, at) => (
          <Seen key={turn.id} turn={turn} number={numberOf(at)} marked={turn.id === marked} />
        ))}
      </ol>
      {list.hasNextPage && (
        <p>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more turns{total === undefined ? "" : ` (${(total - turns.length).toLocaleString("en-US")} left)`}
          </Button>
        </p>
      )}
    </Page>
  );
}

/** Fetches what a turn says when it comes near the window. */
function Seen({ turn, number, marked }: { turn: Preview; number: number | undefined; marked: boolean }) {
  const [seen, setSeen] = useState(false);
  const element = useRef<HTMLLIElement>(null);
  const place = useCallback((node: HTMLLIElement | null) => {
    element.current = node;
    if (!node) return;
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    }, { rootMargin: "400px" });
    watcher.observe(node);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (marked) element.current?.scrollIntoView({ block: "nearest" });
  }, [marked]);
  return (
    <li ref={place} className={styles["turn"]} data-marked={marked || undefined}>
      <TurnCard turn={turn} number={number} seen={seen} />
    </li>
  );
}
