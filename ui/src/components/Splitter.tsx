/** Two panes side by side whose border can be dragged, or moved with the arrow keys; one above the other when narrow. */
import { type ReactNode, useRef, useState } from "react";
import styles from "./Splitter.module.css";

interface Props {
  /** Names the border for screen readers. */
  label: string;
  /** Under which name the browser keeps the width. */
  store: string;
  start: ReactNode;
  end: ReactNode;
  initial?: number;
}

const [LEAST, MOST] = [22, 75];

function kept(store: string, initial: number): number {
  const value = Number(sessionStorage.getItem(`weft-split-${store}`));
  return value >= LEAST && value <= MOST ? value : initial;
}

export function Splitter({ label, store, start, end, initial = 45 }: Props) {
  const [share, setShare] = useState(() => kept(store, initial));
  const frame = useRef<HTMLDivElement>(null);
  const move = (to: number) => {
    const next = Math.round(Math.max(LEAST, Math.min(MOST, to)));
    setShare(next);
    sessionStorage.setItem(`weft-split-${store}`, String(next));
  };
  return (
    <div ref={frame} className={styles["split"]} style={{ "--share": `${share}%` } as React.CSSProperties}>
      <div className={styles["start"]}>{start}</div>
      <div
        role="separator"
        aria-label={label}
        aria-orientation="vertical"
        aria-valuenow={share}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        tabIndex={0}
        className={styles["border"]}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          const box = frame.current?.getBoundingClientRect();
          if (box && event.currentTarget.hasPointerCapture(event.pointerId)) move(((event.clientX - box.left) / box.width) * 100);
        }}
        onKeyDown={(event) => {
          const by = event.key === "ArrowLeft" ? -4 : event.key === "ArrowRight" ? 4 : 0;
          if (by === 0) return;
          event.preventDefault();
          move(share + by);
        }}
      />
      <div className={styles["end"]}>{end}</div>
    </div>
  );
}
