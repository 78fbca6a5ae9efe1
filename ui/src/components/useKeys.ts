/** Keyboard shortcuts: a page says what its keys do, and the list that `?` opens shows them. */
import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";

export interface KeyBinding {
  /** One key ("j", "Enter", "?") or two in a row ("g t"). */
  keys: string;
  what: string;
  run: (event: KeyboardEvent) => void;
}

let groups: readonly (readonly KeyBinding[])[] = [];
const listeners = new Set<() => void>();
let first = "";
let firstAt = 0;
const PAIR_MS = 900;

function change(to: typeof groups): void {
  groups = to;
  for (const listener of listeners) listener();
}

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Enter and space belong to the link or button that has the focus. */
const acting = (event: KeyboardEvent) =>
  (event.key === "Enter" || event.key === " ") && event.target instanceof Element && event.target.closest("a,button,summary,[role=tab],[role=separator]") !== null;

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || acting(event)) return;
  // A dialog or a menu has the keyboard to itself.
  if (document.querySelector("[role=dialog],[role=menu]")) return;
  const pair = event.timeStamp - firstAt < PAIR_MS ? `${first} ${event.key}` : "";
  first = event.key;
  firstAt = event.timeStamp;
  const bound = groups.flat().reverse();
  const found = bound.find((binding) => binding.keys === pair) ?? bound.find((binding) => binding.keys === event.key);
  if (!found) return;
  event.preventDefault();
  first = "";
  found.run(event);
}

/** Bind keys while the component is mounted; the last one mounted wins. */
export function useKeys(bindings: KeyBinding[]): void {
  const latest = useRef(bindings);
  // Before the page is painted: a key pressed at what one sees acts on it.
  useLayoutEffect(() => {
    latest.current = bindings;
  });
  const shape = bindings.map((binding) => `${binding.keys}\n${binding.what}`).join("\n\n");
  useEffect(() => {
    const group = latest.current.map(({ keys, what }, at) => ({ keys, what, run: (event: KeyboardEvent) => latest.current[at]?.run(event) }));
    if (groups.length === 0) window.addEventListener("keydown", pressed);
    change([...groups, group]);
    return () => {
      change(groups.filter((other) => other !== group));
      if (groups.length === 0) window.removeEventListener("keydown", pressed);
    };
  }, [shape]);
}

export function useBoundKeys(): readonly (readonly KeyBinding[])[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => groups,
  );
}
