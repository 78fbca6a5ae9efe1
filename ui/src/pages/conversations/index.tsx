/** Conversations with agents: found by what was said in them, or by what some span of theirs is. */
import { useMemo } from "react";
import { ConversationTable } from "@/components/ConversationTable";
import { FilterBar, useFilters } from "@/components/FilterBar";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { Since, useSince } from "@/components/Since";
import { EmptyState } from "@/components/States";
import { SearchBox } from "@/components/SearchBox";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { type Condition, conditionOf, type Field, type Filter } from "@/domain/filters";
import styles from "./Conversations.module.css";
import { Found } from "./Found";

const FIELDS: readonly Field[] = [
  { path: "agent_name", label: "Agent", kind: "text" },
  { path: "agent_version", label: "Agent version", kind: "text" },
  { path: "status_code", label: "Status of a span", kind: "choice", choices: [{ value: "ERROR", label: "error" }, { value: "OK", label: "ok" }, { value: "UNSET", label: "not set" }] },
  { path: "tool_name", label: "Tool", kind: "text" },
  { path: "request_model", label: "Model", kind: "text" },
  { path: "provider_name", label: "Provider", kind: "text" },
  { path: "error_type", label: "Error type", kind: "text" },
  { path: "conversation_name", label: "Name", kind: "text" },
  { path: "conversation_id", label: "Id", kind: "text" },
  { path: "duration_ms", label: "Latency of a span (ms)", kind: "number" },
];

/** Fields of spans have types of their own, so that numbers are compared as they are and texts as texts. */
function spanCondition(filter: Filter): Condition {
  const { path, operator, value } = filter;
  const number = FIELDS.some((field) => field.path === path && field.kind === "number");
  if (!number && operator !== "gt" && operator !== "lt") return conditionOf(filter);
  const sides = [{ $getField: path }, { $literal: number ? Number(value) : value }];
  if (operator === "gt" || operator === "lt") return { [`$${operator}`]: sides };
  return operator === "not" ? { $not: [{ $eq: sides }] } : { $eq: sides };
}

export default function Conversations() {
  const project = useProject();
  const url = useUrlState();
  const { filters } = useFilters();
  const { since } = useSince();
  const text = url.get("q").trim();
  const having = useMemo(() => filters.map(spanCondition), [filters]);
  const narrowed = filters.length > 0 || since !== undefined;
  return (
    <Page title="Conversations" fill facts={<span>of agents with their users{text !== "" && filters.length > 0 ? "; filters do not narrow a search" : ""}</span>} actions={<Link href={project.href("weave/agents")}>Agents</Link>}>
      <div className={styles["tools"]}>
        <SearchBox className={styles["search"]} label="Search in what was said" value={url.get("q")} onChange={(q) => url.set({ q }, true)} />
        {text === "" && <FilterBar fields={FIELDS} />}
        <span className="push" />
        <Since />
      </div>
      {text !== "" ? (
        <Found text={text} since={since} />
      ) : (
        <ConversationTable
          fill
          having={having}
          since={since}
          empty={
            narrowed ? (
              <EmptyState title="No conversation matches" icon="search">
                <Button onClick={() => url.set({ f: null, since: null })}>Clear filters and time</Button>
              </EmptyState>
            ) : (
              <EmptyState title="No conversations yet" icon="chat" code={`with start_conversation(agent_name="helper", conversation_id="talk-1") as talk:
    with talk.start_turn(user_message="Where is my order?"):
        ...`}>
                <p>Spans with a <code>gen_ai.conversation.id</code> are put together here. <Link href={project.href("weave/agents")}>How to send the first one</Link></p>
              </EmptyState>
            )
          }
        />
      )}
    </Page>
  );
}
