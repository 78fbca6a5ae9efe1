/**
 * Any JSON value, inertly: folded as it gets deep, only the lines in sight in the document, long texts cut until asked
 * for, refs as links, pictures and sounds shown.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Button, IconButton } from "@/design/Button";
import { Icon } from "@/design/Icon";
import { counted } from "@/domain/format";
import { glance, type JsonLine, jsonLines, type Opened } from "@/domain/jsonLines";
import { CopyButton } from "./CopyButton";
import styles from "./JsonView.module.css";
import { JsonScalar } from "./JsonScalar";
import { MediaView } from "./MediaView";
import { mediaOf } from "@/domain/media";
import { useProject } from "./useProject";

interface Props {
  value: unknown;
  /** How many levels are open at first. */
  levels?: number;
  /** Offers every path as something to choose, for example as a column of a table. */
  onPath?: (path: string) => void;
  /** Words that are marked where they occur. */
  search?: string;
}

// Below this the lines are simply there, so that the browser's own search finds them and the page scrolls as one.
const FEW = 300;

export function JsonView({ value, levels = 2, onPath, search }: Props) {
  const [opened, setOpened] = useState<Opened>(new Map());
  const [raw, setRaw] = useState(false);
  const lines = useMemo(() => jsonLines(value, opened, levels), [value, opened, levels]);
  const toggle = (line: JsonLine) => setOpened(new Map(opened).set(line.path, !line.open));
  const tree = typeof value === "object" && value !== null && lines.length > 0;
  const shown = tree ? lines.slice(1) : lines;
  const row = (line: JsonLine) => <Line key={line.path} line={line} shift={tree ? 1 : 0} onToggle={toggle} onPath={onPath} search={search} />;
  return (
    <div className={styles["view"]}>
      {tree && (
        <div className={styles["tools"]}>
          <Button small kind="bare" aria-pressed={raw} icon="code" onClick={() => setRaw(!raw)}>
            Raw
          </Button>
          <CopyButton text={() => JSON.stringify(value, null, 2)} label="Copy as JSON" />
        </div>
      )}
      {raw ? (
        <JsonScalar value={JSON.stringify(value, null, 2)} mono />
      ) : tree && shown.length === 0 ? (
        <span className="mono quiet">{Array.isArray(value) ? "[]" : "{}"}</span>
      ) : shown.length <= FEW ? (
        <div role="list">{shown.map(row)}</div>
      ) : (
        <Window lines={shown} row={row} />
      )}
    </div>
  );
}

function Window({ lines, row }: { lines: JsonLine[]; row: (line: JsonLine) => React.ReactNode }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    getItemKey: (at) => lines[at]?.path ?? at,
    overscan: 12,
  });
  return (
    <div ref={scroller} className={styles["window"]} tabIndex={0} role="region" aria-label={counted(lines.length, "line")}>
      <div role="list" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => (
          <div key={item.key} data-index={item.index} ref={virtual.measureElement} className={styles["placed"]} style={{ transform: `translateY(${item.start}px)` }}>
            {lines[item.index] && row(lines[item.index]!)}
          </div>
        ))}
      </div>
    </div>
  );
}

interface LineProps {
  line: JsonLine;
  shift: number;
  onToggle: (line: JsonLine) => void;
  onPath?: (path: string) => void;
  search?: string;
}

function Line({ line, shift, onToggle, onPath, search }: LineProps) {
  const project = useProject();
  const media = line.size === null ? null : mediaOf(line.value);
  const inside = (line.size ?? 0) > 0;
  return (
    <div role="listitem" className={styles["line"]} style={{ paddingInlineStart: `${(line.depth - shift) * 1.1 + 0.1}rem` }}>
      {inside ? (
        <button type="button" className={styles["toggle"]} aria-expanded={line.open} aria-label={`${line.open ? "Close" : "Open"} ${line.name ?? "value"}`} onClick={() => onToggle(line)}>
          <Icon name={line.open ? "down" : "right"} size={12} />
        </button>
      ) : (
        <span className={styles["toggle"]} />
      )}
      {line.name !== null && (
        <bdi className={styles["key"]} onClick={inside ? () => onToggle(line) : undefined}>
          {line.name}
        </bdi>
      )}
      <div className={styles["value"]}>
        {media ? (
          <MediaView project={project.id} media={media} label={line.name ?? "file"} />
        ) : line.size === null ? (
          <JsonScalar value={line.value} search={search} />
        ) : (
          <span className={styles["glance"]}>{line.open ? <small>{counted(line.size, Array.isArray(line.value) ? "item" : "key")}</small> : glance(line.value)}</span>
        )}
      </div>
      {onPath && line.path !== "" && (
        <span className={styles["path"]}>
          <IconButton small icon="columns" label={`Show ${line.path} as a column`} onClick={() => onPath(line.path)} />
        </span>
      )}
    </div>
  );
}
