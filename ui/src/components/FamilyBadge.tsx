/** What kind of object it is, in people's words; its class on hover. */
import { Badge, type Tone } from "@/design/Badge";

const TONES: Record<string, Tone> = { dataset: "info", model: "accent", prompt: "good", scorer: "wait", evaluation: "info", op: "neutral", other: "neutral" };

export function FamilyBadge({ family, leaf }: { family: string; leaf?: string | null | undefined }) {
  return (
    <Badge tone={TONES[family] ?? "neutral"} title={leaf ? `Class ${leaf}` : undefined}>
      {family}
    </Badge>
  );
}
