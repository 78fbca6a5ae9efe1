/** A row of the one table: a line in a wide window, a card in a narrow one; and the rows that stand there meanwhile. */
import { memo, type MouseEvent } from "react";
import { Checkbox } from "@/design/Field";
import styles from "./DataTable.module.css";
import type { Column } from "./tableModel";

interface Props<Row extends object> {
  id: string;
  index: number;
  start: number;
  measure: (element: Element | null) => void;
  row: Row;
  columns: readonly Column<Row>[];
  active: boolean;
  marked: boolean;
  opens: boolean;
  /** Undefined when rows cannot be selected. */
  selected: boolean | undefined;
  /** The same between renders, so that a row is drawn again only when something of it changed. */
  onSelect: (index: number, range: boolean) => void;
  onPress: (index: number, event: MouseEvent) => void;
}

function frame<Row extends object>({ id, index, start, measure, active, marked, opens, selected, onPress }: Props<Row>, name: string) {
  return {
    id,
    ref: measure,
    role: "row",
    "data-index": index,
    "aria-rowindex": index + 2,
    "aria-selected": selected,
    "data-active": active || undefined,
    "data-marked": marked || undefined,
    className: `${name} ${styles["item"]} ${opens ? styles["opens"] : ""}`,
    style: { transform: `translateY(${start}px)` },
    onClick: (event: MouseEvent) => onPress(index, event),
  };
}

function Line<Row extends object>(props: Props<Row>) {
  return (
    <div {...frame(props, styles["row"]!)}>
      {props.selected !== undefined && <Pick {...props} />}
      {props.columns.map((column) => (
        <div key={column.id} role="gridcell" className={`${styles["cell"]} ${column.numeric ? styles["numeric"] : ""}`}>
          {column.cell(props.row)}
        </div>
      ))}
    </div>
  );
}

function Tile<Row extends object>(props: Props<Row>) {
  const title = props.columns.filter((column) => column.narrow === "title");
  const short = props.columns.filter((column) => column.narrow === "brief");
  const lines = props.columns.filter((column) => column.narrow === undefined);
  return (
    <div {...frame(props, styles["card"]!)}>
      <div className={styles["card-head"]}>
        {props.selected !== undefined && <Pick {...props} />}
        {title.map((column) => (
          <div key={column.id} role="gridcell">
            {column.cell(props.row)}
          </div>
        ))}
      </div>
      {short.length > 0 && (
        <div className={styles["card-brief"]}>
          {short.map((column) => (
            <div key={column.id} role="gridcell">
              <span className="hidden">{column.title} </span>
              {column.cell(props.row)}
            </div>
          ))}
        </div>
      )}
      {lines.map((column) => (
        <div key={column.id} role="gridcell" className={styles["card-line"]}>
          <span className={styles["card-name"]}>{column.title}</span>
          <div>{column.cell(props.row)}</div>
        </div>
      ))}
    </div>
  );
}

// `memo` forgets type parameters.
export const TableRow = memo(Line) as typeof Line;
export const Card = memo(Tile) as typeof Tile;

function Pick<Row extends object>({ index, selected, onSelect }: Props<Row>) {
  return (
    <div role="gridcell" className={styles["pick"]}>
      <Checkbox label="Select this row" hideLabel checked={selected ?? false} readOnly onClick={(event) => onSelect(index, event.shiftKey)} />
    </div>
  );
}

const COUNT = 12;

export function SkeletonRows<Row extends object>({ columns, narrow, selectable }: { columns: readonly Column<Row>[]; narrow: boolean; selectable: boolean }) {
  return (
    <div role="rowgroup" className={styles["skeletons"]}>
      {Array.from({ length: narrow ? 5 : COUNT }, (_, row) => (
        <div key={row} role="row" className={narrow ? styles["card"] : styles["row"]}>
          {selectable && !narrow && <div role="gridcell" />}
          {columns.slice(0, narrow ? 3 : undefined).map((column, at) => (
            <div key={column.id} role="gridcell" className={styles["cell"]}>
              <i style={{ width: `${40 + ((row * 31 + at * 17) % 50)}%` }} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
