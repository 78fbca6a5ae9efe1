/** Agents, their conversations and spans. Groups of spans are made by the server, each with all of its sums. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Condition } from "@/domain/filters";
import { answer, api, type Schema } from "./client";

export type SpanGroup = Schema<"AgentSpanGroupRow">;
export type AgentSpan = Schema<"AgentSpanSchema">;
export type ChatTurn = Schema<"AgentTraceChatRes">;
export type ChatEntry = Schema<"AgentChatMessage">;
export type ChatFeedback = Schema<"AgentChatFeedback">;
export type FoundConversation = Schema<"AgentSearchConversationResult">;
type SpansReq = Schema<"AgentSpansQueryReq">;
type GroupFilter = Schema<"AgentSpanGroupFilter">;

const field = (name: string) => ({ $getField: name });
export const equals = (name: string, value: string): Condition => ({ $eq: [field(name), { $literal: value }] });
export const unlike = (name: string, value: string): Condition => ({ $not: [equals(name, value)] });
const query = (...conditions: Condition[]) => ({ $expr: conditions.length === 1 ? conditions[0] : { $and: conditions } }) as never;

/** Times of spans come without a zone and are UTC. */
export function inUtc(time: string | null | undefined): string | undefined {
  if (!time) return undefined;
  return /(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`;
}

/** When a span ended; spans that are still open say 1970. */
export const ended = (time: string | null | undefined): string | undefined => (time && !time.startsWith("1970") ? inUtc(time) : undefined);

async function ask(body: SpansReq, signal?: AbortSignal) {
  return answer(api.POST("/agents/spans/query", { body, signal }));
}

const DISTINCT = (alias: string, key: string) =>
  ({ alias, aggregation: "count_distinct", value: { source: "field", key }, value_type: "string", filter: query(unlike(key, "")) }) as Schema<"AgentSpanMeasureSpec">;
const TURNS = DISTINCT("turns", "trace_id");

/** Every agent with what its spans add up to; spans that name no agent count as their trace's. */
export function useAgents(project: string, since: string | undefined, sort: { field: string; direction: "asc" | "desc" }) {
  return useQuery({
    queryKey: ["agents", project, since, sort],
    queryFn: ({ signal }) =>
      ask(
        {
          project_id: project,
          group_by: [{ source: "field", key: "agent_name" }],
          query: query(unlike("agent_name", "")),
          measures: [DISTINCT("conversations", "conversation_id"), DISTINCT("versions", "agent_version")],
          include_costs: true,
          started_after: since,
          sort_by: [sort],
          limit: 150,
        },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** The spans of one agent, grouped by something of theirs: its versions, tools, models. */
export function useAgentParts(project: string, agent: string, by: "agent_name" | "agent_version" | "tool_name" | "request_model", since?: string) {
  const wanted = by === "tool_name" || by === "request_model" ? [equals("agent_name", agent), unlike(by, "")] : [equals("agent_name", agent)];
  return useQuery({
    queryKey: ["agent-parts", project, agent, by, since],
    queryFn: ({ signal }) =>
      ask(
        {
          project_id: project,
          group_by: [{ source: "field", key: by, alias: "part" }],
          query: query(...wanted),
          measures: [
            DISTINCT("conversations", "conversation_id"),
            TURNS,
            { alias: "mean_ms", aggregation: "avg", value: { source: "derived", key: "duration_ms" }, value_type: "number" },
          ],
          include_costs: true,
          started_after: since,
          sort_by: [{ field: "last_seen", direction: "desc" }],
          limit: 100,
        },
        signal,
      ),
    staleTime: 10_000,
  });
}

/** An agent over time, in buckets that the server chooses. */
export function useAgentTimes(project: string, agent: string, start: string) {
  return useQuery({
    queryKey: ["agent-times", project, agent, start],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/agents/spans/stats", {
          body: {
            project_id: project,
            query: query(equals("agent_name", agent)),
            start,
            metrics: [
              { alias: "runs", value_type: "boolean", aggregations: ["count_true"], percentiles: [], value: { source: "derived", key: "is_invocation" } },
              { alias: "errors", value_type: "boolean", aggregations: ["count_true"], percentiles: [], value: { source: "derived", key: "is_error" } },
              { alias: "tokens", value_type: "number", aggregations: ["sum"], percentiles: [], value: { source: "derived", key: "total_tokens" } },
              { alias: "cost", value_type: "number", aggregations: ["sum"], percentiles: [], value: { source: "derived", key: "total_cost_usd" } },
            ],
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

export interface ConversationsWanted {
  /** Conditions of which each holds for some span of a conversation; its sums stay those of all its spans. */
  having: Condition[];
  since: string | undefined;
  sort: { field: string; direction: "asc" | "desc" };
}

const PAGE = 50;

export function useConversations(project: string, { having, since, sort }: ConversationsWanted) {
  return useInfiniteQuery({
    queryKey: ["conversations", project, having, since, sort],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      ask(
        {
          project_id: project,
          group_by: [{ source: "column", key: "conversation_id" }],
          query: query(unlike("conversation_id", "")),
          measures: [TURNS],
          group_filters: having.map((condition, at): GroupFilter => ({ measure: { alias: `f${at}`, aggregation: "count", filter: query(condition) }, min: 1 })),
          include_costs: true,
          started_after: since,
          sort_by: [sort],
          limit: PAGE,
          offset: pageParam,
        },
        signal,
      ),
    getNextPageParam: (last, pages) => ((last.groups?.length ?? 0) < PAGE ? undefined : pages.length * PAGE),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** One conversation's sums; null when there is none of that id. */
export function useConversation(project: string, id: string) {
  return useQuery({
    queryKey: ["conversation", project, id],
    queryFn: async ({ signal }) => {
      const found = await ask(
        { project_id: project, group_by: [{ source: "column", key: "conversation_id" }], query: query(equals("conversation_id", id)), measures: [TURNS], include_costs: true, limit: 1 },
        signal,
      );
      return found.groups?.[0] ?? null;
    },
  });
}

const FOUND = 60;

/** Conversations in which something was said that holds a text. */
export function useConversationSearch(project: string, text: string, since: string | undefined) {
  return useInfiniteQuery({
    queryKey: ["conversation-search", project, text, since],
    enabled: text !== "",
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      answer(api.POST("/agents/search", { body: { project_id: project, query: text, started_after: since, limit: FOUND, offset: pageParam, truncate_content: true }, signal })),
    // The limit counts messages, so that a full page is told by them.
    getNextPageParam: (last, pages) => (last.results.reduce((sum, one) => sum + one.matched_messages.length, 0) < FOUND ? undefined : pages.length * FOUND),
    staleTime: 10_000,
  });
}

const TURNS_AT_ONCE = 10;

/** The turns of a conversation: the newest first page, then earlier ones as they are asked for. */
export function useChat(project: string, conversation: string) {
  return useInfiniteQuery({
    queryKey: ["conversation-chat", project, conversation],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.POST("/agents/conversations/chat", {
          body: { project_id: project, conversation_id: conversation, limit: TURNS_AT_ONCE, offset: pageParam, include_feedback: true, include_model_tool_calls: true },
          signal,
        }),
      ),
    getNextPageParam: (last, pages) => (last.has_more ? pages.length * TURNS_AT_ONCE : undefined),
    staleTime: 10_000,
    // A turn that still runs grows; one that was never ended stops being waited for.
    refetchInterval: (query) => (goesOn(query.state.data?.pages[0]?.turns.at(-1)) ? 5_000 : false),
  });
}

const HOUR_MS = 3_600_000;

function goesOn(turn: ChatTurn | undefined): boolean {
  return turn !== undefined && ended(turn.ended_at) === undefined && Date.now() - Date.parse(inUtc(turn.started_at) ?? "") < HOUR_MS;
}

/** One turn by itself, for links into the middle of a long conversation. */
export function useTurn(project: string, trace: string | null) {
  return useQuery({
    queryKey: ["turn", project, trace],
    enabled: trace !== null,
    queryFn: ({ signal }) =>
      answer(api.POST("/agents/traces/chat", { body: { project_id: project, trace_id: trace!, include_feedback: true, include_model_tool_calls: true }, signal })),
  });
}

// Rows of spans are wide: so many stay below 200 KB.
const SPANS_AT_ONCE = 80;

export function useTurnSpans(project: string, trace: string | undefined) {
  return useInfiniteQuery({
    queryKey: ["agent-spans", project, trace],
    enabled: trace !== undefined,
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      ask(
        { project_id: project, query: query(equals("trace_id", trace ?? "")), include_costs: true, sort_by: [{ field: "started_at", direction: "asc" }], limit: SPANS_AT_ONCE, offset: pageParam },
        signal,
      ),
    getNextPageParam: (last, pages) => (pages.length * SPANS_AT_ONCE < (last.total_count ?? 0) ? pages.length * SPANS_AT_ONCE : undefined),
  });
}

const MOST_OWN = 500;

/** A span with everything it said. */
export function useSpan(project: string, trace: string, span: string) {
  return useQuery({
    queryKey: ["agent-span", project, trace, span],
    enabled: span !== "",
    queryFn: async ({ signal }) => {
      const which = query(equals("trace_id", trace), equals("span_id", span));
      // Own attributes are told only by name, so that their names come first.
      const own = await answer(api.POST("/agents/spans/custom-attrs/schema", { body: { project_id: project, query: which, limit: MOST_OWN }, signal }));
      const columns = (own.attributes ?? []).map(({ source, key }) => ({ source, key }));
      const found = await ask({ project_id: project, query: which, custom_attr_columns: columns, include_details: true, include_costs: true, limit: 1 }, signal);
      return found.spans?.[0] ?? null;
    },
  });
}
