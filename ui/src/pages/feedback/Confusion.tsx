/** A confusion matrix: how often one source says this while the other says that; agreement is the diagonal. */
import type { CSSProperties } from "react";
import { counted, number } from "@/domain/format";
import styles from "./Feedback.module.css";

export function Confusion({ categories, counts, left, right }: { categories: string[]; counts: number[][]; left: string; right: string }) {
  const largest = Math.max(1, ...counts.flat());
  return (
    <div className={`panel ${styles["confusion"]}`} tabIndex={0} role="region" aria-label="Confusion matrix">
      <table>
        <caption className="quiet small">Rows: {left}. Columns: {right}.</caption>
        <thead>
          <tr>
            <td />
            {categories.map((category) => (
              <th key={category} scope="col"><bdi>{category}</bdi></th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, at) => (
            <tr key={categories[at]}>
              <th scope="row"><bdi>{categories[at]}</bdi></th>
              {row.map((count, other) => (
                <td key={categories[other]} className="number" data-same={at === other || undefined} style={{ "--share": `${Math.round((count / largest) * 45)}%` } as CSSProperties}
                  title={`${counted(count, "call")}: ${left} says ${categories[at]}, ${right} says ${categories[other]}`}>
                  {number(count)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
