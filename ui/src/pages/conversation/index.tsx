/** One conversation with agents as the chat it was; beside it the spans of the open turn. */
import { useCallback, useEffect, useMemo } from "react";
import { type ChatTurn, inUtc, useChat, useConversation, useTurn } from "@/api/agents";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { Splitter } from "@/components/Splitter";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useNarrow } from "@/components/useNarrow";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Cost, Time, Tokens } from "@/components/Values";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { counted } from "@/domain/format";
import styles from "./Conversation.module.css";
import { Spans } from "./Spans";
import { Said, TurnView } from "./TurnView";

export default function ConversationPage() {
  const project = useProject();
  const id = useParam("conversationId");
  const narrow = useNarrow();
  const url = useUrlState();
  const facts = useConversation(project.id, id);
  const chat = useChat(project.id, id);
  const turns = useMemo(() => inOrder(chat.data?.pages.map((page) => page.turns) ?? []), [chat.data]);
  const newest = chat.data?.pages[0];
  const asked = url.get("turn");
  // A link may lead to a turn long before those that are shown: it is shown by itself, above them.
  const missing = asked !== "" && chat.isSuccess && !turns.some((turn) => turn.trace_id === asked) ? asked : null;
  const lone = useTurn(project.id, missing);
  const apart = lone.data && (lone.data.messages?.length ?? 0) > 0 ? lone.data : null;
  const open = turns.find((turn) => turn.trace_id === asked) ?? apart ?? turns.at(-1);
  const { set } = url;
  const choose = useCallback((turn: ChatTurn, span: string | null) => set({ turn: turn.trace_id, span }, true), [set]);
  const move = (by: number) => {
    const at = turns.findIndex((turn) => turn.trace_id === open?.trace_id);
    const next = turns[Math.max(0, Math.min(turns.length - 1, at + by))];
    if (next) choose(next, null);
  };
  useKeys([
    { keys: "j", what: "Next turn", run: () => move(1) },
    { keys: "k", what: "Turn before", run: () => move(-1) },
  ]);
  const total = newest?.total_turns ?? 0;
  const group = facts.data;
  const name = group?.conversation_names?.[0] || id;
  const numberOf = (at: number) => total - turns.length + at + 1;
  const talk = (
    <div className={styles["talk"]}>
      {chat.isPending && <Skeleton lines={8} label="Loading the conversation" />}
      {chat.isError && <ErrorState error={chat.error} onRetry={() => void chat.refetch()} />}
      {chat.isSuccess && turns.length === 0 && (
        <EmptyState title="No conversation of this id" icon="chat">
          <p>It may have been removed, or the address may be mistyped. <Link href={project.href("weave/agents/conversations")}>All conversations</Link></p>
        </EmptyState>
      )}
      {newest?.feedback && newest.feedback.length > 0 && <Said feedback={newest.feedback} />}
      {apart && <TurnView turn={apart} title="An earlier turn" open marked={url.get("span")} onChoose={choose} />}
      {chat.hasNextPage && (
        <p>
          <Button icon="up" busy={chat.isFetchingNextPage} onClick={() => void chat.fetchNextPage()}>
            Show earlier turns ({(total - turns.length).toLocaleString("en-US")})
          </Button>
        </p>
      )}
      <ol className={styles["turns"]} aria-label="Turns">
        {turns.map((turn, at) => (
          <li key={turn.trace_id}>
            <TurnView turn={turn} title={`Turn ${numberOf(at)}`} open={turn === open} marked={url.get("span")} onChoose={choose} />
          </li>
        ))}
      </ol>
    </div>
  );
  useScrolledTo(asked, turns.length);
  return (
    <Page
      title={name}
      heading={<bdi>{name}</bdi>}
      fill={!narrow}
      facts={
        group && (
          <>
            {name !== id && <bdi className="mono">{id}</bdi>}
            {group.agent_names?.map((agent) => (
              <Link key={agent} href={project.href(`weave/agents/${encodeURIComponent(agent)}`)}><bdi>{agent}</bdi></Link>
            ))}
            <span>{counted(total, "turn")}</span>
            <span>{counted(group.span_count ?? 0, "span")}</span>
            <span><Tokens input={group.total_input_tokens} output={group.total_output_tokens} /> tokens</span>
            <span>cost <Cost dollars={group.total_cost_usd} /></span>
            {(group.error_count ?? 0) > 0 && <span className={styles["bad"]}>{counted(group.error_count ?? 0, "error")}</span>}
            <span><Time at={inUtc(group.first_seen)} exact /></span>
          </>
        )
      }
    >
      {narrow ? (
        <>
          {talk}
          <Dialog open={asked !== "" && url.get("spans") === "1" && open !== undefined} onClose={() => set({ spans: null, span: null }, true)} title="Spans of the turn" shape="side">
            {open && <Spans turn={open} />}
          </Dialog>
        </>
      ) : turns.length === 0 ? (
        talk
      ) : (
        <Splitter label="Width of the conversation" store="conversation" initial={56} start={talk} end={open && <Spans turn={open} />} />
      )}
    </Page>
  );
}

/** Pages come newest first, each with its oldest turn first; a turn that moved from page to page is shown once. */
function inOrder(pages: ChatTurn[][]): ChatTurn[] {
  return [...new Map([...pages].reverse().flat().map((turn) => [turn.trace_id, turn])).values()];
}

/** Brings the open turn into sight when the address names another one, and the newest when it names none. */
function useScrolledTo(turn: string, loaded: number): void {
  const ready = loaded > 0;
  useEffect(() => {
    if (!ready) return;
    const all = document.querySelectorAll<HTMLElement>("[data-turn]");
    const wanted = turn === "" ? all[all.length - 1] : [...all].find((element) => element.dataset["turn"] === turn);
    wanted?.scrollIntoView({ block: turn === "" ? "end" : "nearest" });
  }, [turn, ready]);
}
