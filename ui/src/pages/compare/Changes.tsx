/** A text against another: words that went and words that came. Blue and struck out: green is kept for better. */
import { useMemo } from "react";
import { Diff, TextDiff } from "@/components/Diff";
import { JsonScalar } from "@/components/JsonScalar";
import { JsonView } from "@/components/JsonView";
import styles from "./Compare.module.css";
import { type Piece, wordDifferences } from "./words";

export function Words({ pieces }: { pieces: readonly Piece[] }) {
  return (
    <span className={styles["words"]} dir="auto">
      {pieces.map((piece, at) =>
        piece.kind === "same" ? <span key={at}>{piece.text}</span> : piece.kind === "added" ? <ins key={at}>{piece.text}</ins> : <del key={at}>{piece.text}</del>,
      )}
    </span>
  );
}

/** A whole output against that of the baseline. */
export function Changes({ before, after, names }: { before: unknown; after: unknown; names: [string, string] }) {
  const texts = typeof before === "string" && typeof after === "string";
  const pieces = useMemo(() => (typeof before === "string" && typeof after === "string" ? wordDifferences(before, after) : null), [before, after]);
  if (texts && before === after) return <p className="quiet">The same as {names[0]}.</p>;
  if (pieces) return <Words pieces={pieces} />;
  if (texts) return <TextDiff before={before} after={after} />;
  return <Diff before={before} after={after} names={names} />;
}

export function Whole({ value }: { value: unknown }) {
  return typeof value === "object" && value !== null ? <JsonView value={value} /> : <JsonScalar value={value} />;
}
