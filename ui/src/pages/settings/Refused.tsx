/** Says what a role may not do here, and who may. */
import type { ReactNode } from "react";
import { Icon } from "@/design/Icon";
import styles from "./Settings.module.css";

export function Refused({ children }: { children: ReactNode }) {
  return (
    <div className={styles["refused"]} role="note">
      <Icon name="warning" />
      <div>{children}</div>
    </div>
  );
}
