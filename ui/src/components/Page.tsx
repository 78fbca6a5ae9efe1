/** The frame of a page's content: its title, what can be done, and the tab title of the browser. */
import { type ReactNode, useEffect } from "react";
import styles from "./Page.module.css";
import { useProject } from "./useProject";

interface Props {
  title: string;
  /** What stands in place of the title on the page, when it is more than text. */
  heading?: ReactNode;
  /** A quiet line under the title. */
  facts?: ReactNode;
  actions?: ReactNode;
  /** The content fills the window and scrolls inside; else the page scrolls. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, heading, facts, actions, fill = false, children }: Props) {
  const project = useProject();
  useEffect(() => {
    document.title = [title, project.name, "Weft"].filter(Boolean).join(" · ");
  }, [title, project.name]);
  return (
    <div className={`${styles["page"]} ${fill ? styles["fill"] : ""}`}>
      <header className={styles["head"]}>
        <div className={styles["titles"]}>
          <h1>{heading ?? title}</h1>
          {facts && <div className={styles["facts"]}>{facts}</div>}
        </div>
        {actions && <div className={styles["actions"]}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A titled part of a page. */
export function Section({ title, actions, children }: { title: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles["section"]}>
      <header className={styles["section-head"]}>
        <h2>{title}</h2>
        {actions && <div className={styles["actions"]}>{actions}</div>}
      </header>
      {children}
    </section>
  );
}
