/** Earlier and later pages of a list that the server cuts; the page is in the address as `page`, from 0. */
import { Button } from "@/design/Button";
import styles from "./Pager.module.css";
import { useUrlState } from "./useUrlState";

export function usePage(): number {
  const page = Number(useUrlState().get("page"));
  return Number.isInteger(page) && page > 0 ? page : 0;
}

/** `total` when it is known; else `more` says whether there is a next page. */
export function Pager({ size, shown, total, more }: { size: number; shown: number; total?: number; more?: boolean }) {
  const url = useUrlState();
  const page = usePage();
  const next = more ?? (total !== undefined ? (page + 1) * size < total : shown === size);
  if (page === 0 && !next) return null;
  const go = (to: number) => url.set({ page: to === 0 ? null : String(to) });
  return (
    <nav className={styles["pager"]} aria-label="Pages">
      <Button small icon="left" disabled={page === 0} onClick={() => go(page - 1)}>
        Back
      </Button>
      <span className="quiet number">
        {(page * size + 1).toLocaleString("en-US")}–{(page * size + shown).toLocaleString("en-US")}
        {total !== undefined && ` of ${total.toLocaleString("en-US")}`}
      </span>
      <Button small icon="right" disabled={!next} onClick={() => go(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
