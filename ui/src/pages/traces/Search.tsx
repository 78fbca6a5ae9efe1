/** Full-text search in the traces. */
import { SearchBox } from "@/components/SearchBox";
import styles from "./Traces.module.css";

export function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return <SearchBox label="Search in payloads and names" value={value} onChange={onChange} className={styles["search"]} />;
}
