/** The list of all keys that do something here and now. */
import { useBoundKeys } from "@/components/useKeys";
import { Dialog } from "@/design/Dialog";
import styles from "./Layout.module.css";

export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const groups = useBoundKeys();
  const seen = new Set<string>();
  const bindings = [...groups].reverse().flat().filter(({ keys }) => !seen.has(keys) && seen.add(keys));
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className={styles["keys"]}>
        {bindings.map((binding) => (
          <div key={binding.keys}>
            <dt>
              {binding.keys.split(" ").map((key, at) => (
                <kbd key={at}>{key}</kbd>
              ))}
            </dt>
            <dd>{binding.what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
