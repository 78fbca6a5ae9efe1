/** Whether the window is as narrow as a phone; the same width as in the styles. */
import { useSyncExternalStore } from "react";

const query = () => matchMedia("(max-width: 760px)");

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = query();
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => query().matches,
  );
}
