/** What the one table is told, and its rows, sizes and sorting as TanStack Table keeps them. */
import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import type { ReactNode } from "react";
import { useMemo, useState } from "react";

export interface Column<Row extends object> {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** Pixels at first; the user may drag. Default 120. */
  width?: number;
  /** Takes a share of the room that is left. */
  grow?: boolean;
  /** Numbers stand at the end of their cell. */
  numeric?: boolean;
  /** Makes the column sortable in the browser. With a controlled `sort`, `sortable` says that the server can. */
  sortValue?: (row: Row) => string | number | null | undefined;
  sortable?: boolean;
  /** In a narrow window: "title" heads the card, "brief" ones share a line without names, "hide" leaves it out; else a line with its name. */
  narrow?: "title" | "brief" | "hide";
  /** What the header says on hover. */
  hint?: string;
}

export interface Sort {
  id: string;
  desc: boolean;
}

const features = tableFeatures({
  columnSizingFeature,
  columnResizingFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
});

interface Options<Row extends object> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  sort: Sort | null | undefined;
  onSort: ((sort: Sort | null) => void) | undefined;
}

/** Nothing sorts as nothing: absent values come last in both directions. */
const present = (value: string | number | null | undefined) => value ?? undefined;

export function useTableModel<Row extends object>({ rows, columns, rowKey, sort, onSort }: Options<Row>) {
  const [own, setOwn] = useState<Sort | null>(null);
  const current = onSort ? (sort ?? null) : own;
  const sorting = useMemo(() => (current ? [current] : []), [current]);
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, Row> => ({
          id: column.id,
          accessorFn: (row) => present(column.sortValue?.(row)),
          enableSorting: onSort ? Boolean(column.sortable) : Boolean(column.sortValue),
          sortFn: (a, b, id) => compare(a.getValue(id), b.getValue(id)),
          sortUndefined: "last",
          size: column.width ?? 120,
          minSize: 48,
          maxSize: 1200,
        }),
      ),
    [columns, onSort],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows as Row[],
    getRowId: rowKey,
    manualSorting: onSort !== undefined,
    columnResizeMode: "onChange",
    state: { sorting },
    onSortingChange: (change) => {
      const next = (typeof change === "function" ? change(sorting) : change)[0] ?? null;
      if (onSort) onSort(next);
      else setOwn(next);
    },
  });
  return { table, sort: current };
}

export type TableModel<Row extends object> = ReturnType<typeof useTableModel<Row>>["table"];

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
