/** A text with the places marked where words were found. */

const MOST = 200;

export function Marked({ text, search }: { text: string; search?: string }) {
  if (!search) return <>{text}</>;
  const low = text.toLowerCase();
  const word = search.toLowerCase();
  const parts: React.ReactNode[] = [];
  let from = 0;
  // Lowercasing may change lengths in a few scripts; then nothing is marked rather than the wrong thing.
  for (let at = low.length === text.length ? low.indexOf(word) : -1; at >= 0 && parts.length < MOST; at = low.indexOf(word, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + word.length)}</mark>);
    from = at + word.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}
