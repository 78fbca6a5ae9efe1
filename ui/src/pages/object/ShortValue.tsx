/** A value of a row in one line: text as text, a ref by its name, the rest as a glimpse of its members. */
import { RefLink } from "@/components/Values";
import { brief } from "@/domain/format";
import { glimpse } from "@/domain/glimpse";
import { parseRef } from "@/domain/refs";

export function ShortValue({ value }: { value: unknown }) {
  if (value === undefined) return <span className="quiet">–</span>;
  if (value === null) return <span className="quiet">null</span>;
  if (typeof value === "string" && parseRef(value)) return <RefLink value={value} />;
  if (typeof value !== "object") return <bdi title={typeof value === "string" ? brief(value, 260) : undefined}>{typeof value === "string" ? brief(value, 260) : String(value)}</bdi>;
  return <bdi>{glimpse(value).map(({ key, text }) => (key ? `${key}: ${text}` : text)).join(", ")}</bdi>;
}
