/** Messages that hold a text, by conversation; each leads to its turn. */
import { type FoundConversation, inUtc, useConversationSearch } from "@/api/agents";
import { Link } from "@/components/Link";
import { Marked } from "@/components/Marked";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { counted } from "@/domain/format";
import styles from "./Conversations.module.css";

const ROLES: Record<string, string> = { user: "User", assistant: "Assistant", system: "Instructions", tool_call: "Tool call", tool_result: "Tool result" };
const NONE = "__NO_CONVERSATION__";
const AROUND = 90;

export function Found({ text, since }: { text: string; since: string | undefined }) {
  const project = useProject();
  const url = useUrlState();
  const found = useConversationSearch(project.id, text, since);
  if (found.isPending) return <Skeleton lines={6} label="Searching" />;
  if (found.isError) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  const results = together(found.data.pages.flatMap((page) => page.results));
  if (results.length === 0) {
    return (
      <EmptyState title="Nobody said that" icon="search">
        <p>Capital letters count in this search. <Button onClick={() => url.set({ q: null, since: null })}>Clear the search</Button></p>
      </EmptyState>
    );
  }
  return (
    <div className={styles["found"]}>
      <ol aria-label="Conversations found" className="stack">
        {results.map((one) => <Conversation key={one.conversation_id} found={one} text={text} />)}
      </ol>
      {found.hasNextPage && <p><Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>Show more</Button></p>}
    </div>
  );
}

function Conversation({ found, text }: { found: FoundConversation; text: string }) {
  const project = useProject();
  const href = found.conversation_id === NONE ? null : project.href(`weave/agents/conversations/${encodeURIComponent(found.conversation_id)}`);
  const title = found.conversation_name || (href === null ? "Outside of any conversation" : found.conversation_id);
  return (
    <li className={`panel ${styles["result"]}`}>
      <header>
        <strong>{href ? <Link href={href}><bdi>{title}</bdi></Link> : title}</strong>
        {found.agent_name && <bdi className="quiet">{found.agent_name}</bdi>}
        <span className="quiet small">{counted(found.matched_messages.length, "message")}, last <Time at={inUtc(found.last_activity)} /></span>
      </header>
      <ul>
        {found.matched_messages.map((message, at) => (
          <li key={at} className={styles["hit"]}>
            <Badge>{ROLES[message.role] ?? message.role}</Badge>
            <bdi className="cut"><Marked text={around(message.content_preview, text)} search={text} /></bdi>
            {href && <Link className="small" href={`${href}?turn=${message.trace_id}&span=${message.span_id}`} aria-label={`Open the turn: ${message.content_preview.slice(0, 60)}`}>its turn</Link>}
          </li>
        ))}
      </ul>
    </li>
  );
}

/** The part of a preview in which the text stands. */
function around(preview: string, text: string): string {
  const at = preview.indexOf(text);
  return at > AROUND ? `…${preview.slice(at - AROUND)}` : preview;
}

/** A conversation may be on several pages. */
function together(found: readonly FoundConversation[]): FoundConversation[] {
  const byId = new Map<string, FoundConversation>();
  for (const one of found) {
    const known = byId.get(one.conversation_id);
    const messages = [...(known?.matched_messages ?? []), ...one.matched_messages];
    // What one span said the next was told again: it is shown once a turn.
    const distinct = new Map(messages.map((message) => [`${message.trace_id} ${message.role} ${message.content_digest}`, message]));
    byId.set(one.conversation_id, { ...(known ?? one), matched_messages: [...distinct.values()] });
  }
  return [...byId.values()];
}
