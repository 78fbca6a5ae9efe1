/** A long list of differing heights of which only what is in sight is in the document; asks for more at its end. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import styles from "./InfiniteList.module.css";

interface Props<Item> {
  label: string;
  items: readonly Item[];
  itemKey: (item: Item) => string;
  render: (item: Item, index: number) => ReactNode;
  /** Pixels, a guess until it is measured. */
  guess?: number;
  onEnd?: () => void;
  loadingMore?: boolean;
}

export function InfiniteList<Item>({ label, items, itemKey, render, guess = 80, onEnd, loadingMore }: Props<Item>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => guess,
    getItemKey: (at) => (items[at] === undefined ? at : itemKey(items[at])),
    overscan: 6,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && items.length > 0 && last >= items.length - 3) onEnd();
  }, [last, items.length, onEnd]);
  return (
    <div ref={scroller} className={styles["list"]} tabIndex={0} role="region" aria-label={label}>
      <ol style={{ height: virtual.getTotalSize() }}>
        {shown.map((item) => (
          <li key={item.key} data-index={item.index} ref={virtual.measureElement} style={{ transform: `translateY(${item.start}px)` }}>
            {items[item.index] !== undefined && render(items[item.index]!, item.index)}
          </li>
        ))}
      </ol>
      {loadingMore && <p className="quiet small" role="status">Loading more…</p>}
    </div>
  );
}
