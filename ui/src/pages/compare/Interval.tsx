/** A difference as a dot with whiskers against zero; the side on which runs are better is shaded. */
import styles from "./Metrics.module.css";

interface Props {
  /** The ends of the line, zero between them. */
  span: [number, number];
  value: number;
  interval: { low: number; high: number } | null;
  verdict: "better" | "worse" | "no evidence";
  higherIsBetter: boolean;
  /** The same in words. */
  label: string;
}

const [HEIGHT, MIDDLE, CAP] = [24, 12, 4];

export function IntervalDrawing({ span: [low, high], value, interval, verdict, higherIsBetter, label }: Props) {
  const at = (point: number) => `${(((point - low) / (high - low)) * 100).toFixed(2)}%`;
  const zero = at(0);
  const tone = verdict === "better" ? styles["better"] : verdict === "worse" ? styles["worse"] : styles["open"];
  return (
    <svg role="img" aria-label={label} className={`${styles["drawing"]} ${tone}`} width="100%" height={HEIGHT}>
      <rect className={styles["good-side"]} x={higherIsBetter ? zero : 0} width={higherIsBetter ? "100%" : zero} height={HEIGHT} />
      <line className={styles["zero"]} x1={zero} x2={zero} y1={0} y2={HEIGHT} />
      {interval && (
        <>
          <line className={styles["whisker"]} x1={at(interval.low)} x2={at(interval.high)} y1={MIDDLE} y2={MIDDLE} />
          {[interval.low, interval.high].map((end, which) => (
            <line key={which} className={styles["whisker"]} x1={at(end)} x2={at(end)} y1={MIDDLE - CAP} y2={MIDDLE + CAP} />
          ))}
        </>
      )}
      <circle className={interval ? styles["dot"] : styles["hollow"]} cx={at(value)} cy={MIDDLE} r={4.5} />
    </svg>
  );
}
