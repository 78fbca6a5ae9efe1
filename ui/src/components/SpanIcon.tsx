/** What kind of work a call is, told by its models and its name. */
import { Icon, type IconName } from "@/design/Icon";
import styles from "./SpanIcon.module.css";

export type SpanKind = "llm" | "tool" | "agent" | "scorer" | "evaluation" | "retrieval" | "other";

const BY_NAME: [RegExp, SpanKind][] = [
  [/^Evaluation\.|predict_and_score/, "evaluation"],
  [/scor(e|er)|judge|guardrail/i, "scorer"],
  [/chat\.completions|messages\.create|responses\.create|completion|generate_content|invoke_model|^llm|^chat\b/i, "llm"],
  [/tool|function_call|execute/i, "tool"],
  [/retriev|search|embed|vector|lookup/i, "retrieval"],
  [/agent|workflow|chain|pipeline|run$/i, "agent"],
];
const ICONS: Record<SpanKind, IconName> = { llm: "chat", tool: "settings", agent: "agents", scorer: "scoring", evaluation: "evaluations", retrieval: "search", other: "code" };

export function kindOf(span: { op: string }): SpanKind {
  return BY_NAME.find(([pattern]) => pattern.test(span.op))?.[1] ?? "other";
}

export function SpanIcon({ span }: { span: { op: string } }) {
  const kind = kindOf(span);
  return (
    <span className={`${styles["kind"]} ${styles[kind]}`} title={kind === "other" ? undefined : kind}>
      <Icon name={ICONS[kind]} size={12} />
    </span>
  );
}
