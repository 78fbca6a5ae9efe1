/**
 * The one table. Only the rows in sight are in the document; below 760 px a row is a card.
 *
 * j/k move, Enter opens, x selects; columns can be dragged wider; a header sorts.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type MouseEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import { counted } from "@/domain/format";
import styles from "./DataTable.module.css";
import { useGo } from "./Link";
import { ErrorState } from "./States";
import { NarrowSort, TableHead } from "./TableHead";
import { Card, SkeletonRows, TableRow } from "./TableRow";
import { type Column, type Sort, useTableModel } from "./tableModel";
import { useKeys } from "./useKeys";
import { useNarrow } from "./useNarrow";

export type { Column, Sort };

export interface Selection {
  selected: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
}

export interface DataTableProps<Row extends object> {
  /** Names the table for screen readers. */
  label: string;
  rows: readonly Row[];
  /** Keep it stable between renders (useMemo or a constant). */
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** Where a row leads; Enter and a click anywhere in the row go there. */
  rowHref?: (row: Row) => string | undefined;
  /** What opening a row does, when it leads nowhere. */
  onOpen?: (row: Row) => void;
  /** A row that is marked, for example the open one. */
  marked?: string | null;
  /** With `onSort` the server sorts; without, columns that have a `sortValue` sort here. */
  sort?: Sort | null;
  onSort?: (sort: Sort | null) => void;
  selection?: Selection;
  loading?: boolean;
  error?: Error | null;
  onRetry?: () => void;
  /** What stands there when there are no rows. */
  empty?: ReactNode;
  /** Called when the last rows come into sight. */
  onEnd?: () => void;
  loadingMore?: boolean;
  /** Rows there are in all, when more than those given. */
  total?: number;
  /** Takes the height that is left and scrolls inside. Without it, it is as high as its rows, up to 70% of the window. */
  fill?: boolean;
  /** Whether j, k, x and Enter are this table's; false when another table of the page has them. */
  keys?: boolean;
}

interface Handlers {
  select: (index: number, range: boolean) => void;
  press: (index: number, event: MouseEvent) => void;
}

const CLICKABLE = "a,button,input,select,label,summary,[role=button],[role=checkbox]";

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, selection, loading = false, error = null, fill = false, onEnd } = props;
  const { table, sort } = useTableModel({ rows, columns, rowKey, sort: props.sort, onSort: props.onSort });
  const narrow = useNarrow();
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const go = useGo();
  const [active, setActive] = useState(-1);
  const models = table.getRowModel().rows;
  const sizes = table.state.columnSizing;

  const virtual = useVirtualizer({
    count: models.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? 120 : 34),
    getItemKey: (index) => models[index]?.id ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && models.length > 0 && lastIndex >= models.length - 5) onEnd();
  }, [lastIndex, models.length, onEnd]);
  // What is marked is in sight, and the keys go on from there.
  const { marked } = props;
  const markedAt = marked ? models.findIndex((model) => model.id === marked) : -1;
  const [shown, setShown] = useState<string | null>(null);
  if (markedAt >= 0 && marked !== shown) {
    setShown(marked ?? null);
    setActive(markedAt);
  }
  useEffect(() => {
    if (shown !== null && markedAt >= 0) virtual.scrollToIndex(markedAt);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only when another row is marked, not when rows come
  }, [shown, virtual]);
  // Cards and lines have different heights.
  useEffect(() => virtual.measure(), [narrow, virtual]);

  const open = (row: Row) => {
    const href = props.rowHref?.(row);
    if (href) go(href);
    else props.onOpen?.(row);
  };
  const opens = props.rowHref !== undefined || props.onOpen !== undefined;
  const move = (by: number) => {
    const next = Math.max(0, Math.min(models.length - 1, active + by));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const toggle = (key: string, until?: string) => {
    if (!selection) return;
    const selected = new Set(selection.selected);
    const on = !selected.has(key);
    for (const one of until ? between(models.map((model) => model.id), until, key) : [key]) {
      if (on) selected.add(one);
      else selected.delete(one);
    }
    selection.onChange(selected);
  };
  const handlers = useRef<Handlers>(null);
  useEffect(() => {
    handlers.current = {
      select: (index, range) => {
        const model = models[index];
        if (model) toggle(model.id, range ? models[active]?.id : undefined);
      },
      press: (index, event) => {
        setActive(index);
        const inside = event.target instanceof Element && event.target.closest(CLICKABLE);
        const model = models[index];
        if (!inside && model && String(getSelection()) === "") open(model.original);
      },
    };
  });
  const select = useCallback<Handlers["select"]>((index, range) => handlers.current?.select(index, range), []);
  const press = useCallback<Handlers["press"]>((index, event) => handlers.current?.press(index, event), []);
  const current = () => models[active]?.original;
  useKeys(
    props.keys === false
      ? []
      : [
          { keys: "j", what: "Next row", run: () => move(1) },
          { keys: "k", what: "Row before", run: () => move(-1) },
          ...(opens ? [{ keys: "Enter", what: "Open the row", run: () => { const row = current(); if (row) open(row); } }] : []),
          ...(selection ? [{ keys: "x", what: "Select the row", run: () => { const model = models[active]; if (model) toggle(model.id); } }] : []),
        ],
  );

  const template = [
    ...(selection ? ["36px"] : []),
    ...columns.map((column) => {
      const dragged = sizes[column.id];
      const width = dragged ?? column.width ?? 120;
      return column.grow && dragged === undefined ? `minmax(${width}px, 1fr)` : `${width}px`;
    }),
  ].join(" ");
  const width = columns.reduce((sum, column) => sum + (sizes[column.id] ?? column.width ?? 120), selection ? 36 : 0);
  const nothing = !loading && !error && models.length === 0;

  if (nothing || (error && models.length === 0)) {
    return (
      <div className={`${styles["table"]} ${fill ? styles["fill"] : ""}`}>
        <div className={styles["slot"]}>{error ? <ErrorState error={error} onRetry={props.onRetry} /> : (props.empty ?? <p className="quiet">Nothing here.</p>)}</div>
      </div>
    );
  }
  return (
    <>
      {narrow && <NarrowSort table={table} columns={columns} sort={sort} />}
    <div
      ref={scroller}
      className={`${styles["table"]} ${fill ? styles["fill"] : ""} ${narrow ? styles["narrow"] : ""}`}
      role="grid"
      aria-label={label}
      aria-rowcount={(props.total ?? models.length) + 1}
      aria-busy={loading || undefined}
      aria-activedescendant={active >= 0 && models[active] ? `${id}-${models[active].id}` : undefined}
      tabIndex={0}
      style={{ "--columns": template, "--width": `${width}px` } as CSSProperties}
    >
      {!narrow && <TableHead table={table} columns={columns} sort={sort} selection={selection} keys={models.map((model) => model.id)} />}
      {loading && models.length === 0 && <SkeletonRows columns={columns} narrow={narrow} selectable={selection !== undefined} />}
      <div className={styles["body"]} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const model = models[item.index];
          if (!model) return null;
          const Shape = narrow ? Card : TableRow;
          return (
            <Shape
              key={model.id}
              id={`${id}-${model.id}`}
              index={item.index}
              start={item.start}
              measure={virtual.measureElement}
              row={model.original}
              columns={columns}
              active={item.index === active}
              marked={props.marked === model.id}
              opens={opens}
              selected={selection?.selected.has(model.id)}
              onSelect={select}
              onPress={press}
            />
          );
        })}
      </div>
    </div>
      {props.loadingMore && <p className={styles["more"]} role="status">Loading more…</p>}
      {props.total !== undefined && !props.loadingMore && models.length < props.total && onEnd === undefined && (
        <p className={styles["more"]}>The first {counted(models.length, "row")} of {props.total.toLocaleString("en-US")}.</p>
      )}
    </>
  );
}

/** The keys from one to another, both included, in the order of the rows. */
function between(keys: string[], from: string, to: string): string[] {
  const [low, high] = [keys.indexOf(from), keys.indexOf(to)].sort((a, b) => a - b) as [number, number];
  return low < 0 ? [to] : keys.slice(low, high + 1);
}
