/** A text, number, boolean or null of a payload. A long text comes in pieces; whatever it holds stays text. */
import { useState } from "react";
import { Button } from "@/design/Button";
import { isContentRef, mediaOf } from "@/domain/media";
import { parseRef, refInShort } from "@/domain/refs";
import styles from "./JsonView.module.css";
import { Marked } from "./Marked";
import { ContentOfRef, MediaView } from "./MediaView";
import { RefLink } from "./Values";

const FIRST = 1200;
const MORE = 50_000;

export function JsonScalar({ value, mono = false, search }: { value: unknown; mono?: boolean; search?: string }) {
  const [shown, setShown] = useState(FIRST);
  if (value === null || value === undefined) return <span className={styles["null"]}>null</span>;
  if (typeof value !== "string") return <span className={typeof value === "number" ? styles["number"] : styles["boolean"]}>{String(value)}</span>;
  if (value === "") return <span className="quiet">""</span>;
  const media = mediaOf(value);
  if (media) return <MediaView project="" media={media} label="inline content" />;
  const ref = parseRef(value);
  if (ref) {
    return (
      <span className={styles["ref"]}>
        <RefLink value={value} label={refInShort(value) ?? value} />
        {isContentRef(value) && <ContentOfRef refText={value} />}
      </span>
    );
  }
  const rest = value.length - shown;
  return (
    <span className={mono ? styles["raw"] : styles["text"]} dir="auto">
      <Marked text={rest > 0 ? cutAt(value, shown) : value} search={search} />
      {rest > 0 && (
        <span className={styles["rest"]}>
          …{" "}
          <Button small onClick={() => setShown(Math.min(value.length, shown + MORE))}>
            Show {Math.min(rest, MORE).toLocaleString("en-US")} more of {value.length.toLocaleString("en-US")} characters
          </Button>
        </span>
      )}
    </span>
  );
}

/** The start of a text, never cut in the middle of a surrogate pair. */
function cutAt(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length);
}
