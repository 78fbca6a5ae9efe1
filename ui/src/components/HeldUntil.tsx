/** Until when somebody has an item of a queue if nothing else happens. */
import { moment } from "@/domain/format";

export function HeldUntil({ at }: { at: string }) {
  const time = new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return (
    <time dateTime={at} title={moment(at)} className="quiet">
      until {time}
    </time>
  );
}
