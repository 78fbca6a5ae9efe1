/** The header of the one table: names, sorting, widths, all-or-none selection. In a narrow window a sort select. */
import { Checkbox, Select } from "@/design/Field";
import { Icon } from "@/design/Icon";
import styles from "./DataTable.module.css";
import type { Column, Sort, TableModel } from "./tableModel";

interface Props<Row extends object> {
  table: TableModel<Row>;
  columns: readonly Column<Row>[];
  sort: Sort | null;
  selection?: { selected: ReadonlySet<string>; onChange: (selected: ReadonlySet<string>) => void };
  keys: string[];
}

export function TableHead<Row extends object>({ table, columns, sort, selection, keys }: Props<Row>) {
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const all = keys.length > 0 && keys.every((key) => selection?.selected.has(key));
  return (
    <div className={styles["head"]} role="rowgroup">
      <div className={styles["row"]} role="row" aria-rowindex={1}>
        {selection && (
          <div role="columnheader" className={styles["pick"]}>
            <Checkbox label="Select all rows that are loaded" hideLabel checked={all} onChange={() => selection.onChange(new Set(all ? [] : keys))} />
          </div>
        )}
        {headers.map((header, at) => {
          const column = columns[at];
          if (!column) return null;
          const direction = sort?.id === column.id ? (sort.desc ? "descending" : "ascending") : undefined;
          const sortable = header.column.getCanSort();
          return (
            <div key={column.id} role="columnheader" aria-sort={direction ?? (sortable ? "none" : undefined)}
              className={`${styles["title"]} ${column.numeric ? styles["numeric"] : ""}`} title={column.hint}>
              {sortable ? (
                <button type="button" onClick={() => header.column.toggleSorting()}>
                  <span className="cut">{column.title}</span>
                  {direction && <Icon name={direction === "descending" ? "down" : "up"} size={12} />}
                </button>
              ) : (
                <span className="cut">{column.title}</span>
              )}
              <span className={styles["grip"]} aria-hidden="true" onPointerDown={header.getResizeHandler()} onTouchStart={header.getResizeHandler()} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** In a narrow window the header is a select. */
export function NarrowSort<Row extends object>({ table, columns, sort }: Pick<Props<Row>, "table" | "columns" | "sort">) {
  const sortable = columns.filter((column) => table.getColumn(column.id)?.getCanSort());
  if (sortable.length === 0) return null;
  const choices = [
    { value: "", label: "In the usual order" },
    ...sortable.flatMap((column) => [
      { value: `${column.id}:desc`, label: `${column.title}, highest first` },
      { value: `${column.id}:asc`, label: `${column.title}, lowest first` },
    ]),
  ];
  const value = sort ? `${sort.id}:${sort.desc ? "desc" : "asc"}` : "";
  const change = (text: string) => {
    const at = text.lastIndexOf(":");
    table.setSorting(text === "" ? [] : [{ id: text.slice(0, at), desc: text.endsWith(":desc") }]);
  };
  return (
    <div className={styles["sort"]}>
      <Select label="Sort by" hideLabel value={value} choices={choices} onChange={change} />
    </div>
  );
}
