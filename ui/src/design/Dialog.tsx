/** A dialog over the page: focus stays inside, Escape closes, the title names it. */
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button, IconButton } from "./Button";
import styles from "./Overlay.module.css";

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  /** `side` comes in from the edge and is as high as the window. */
  shape?: "middle" | "side" | "drawer";
  children: ReactNode;
}

export function Dialog({ open, onClose, title, description, shape = "middle", children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={styles["shade"]} />
        <Radix.Content className={`${styles["dialog"]} ${styles[shape]}`} {...(description ? {} : { "aria-describedby": undefined })}>
          <header className={styles["head"]}>
            <Radix.Title className={styles["title"]}>{title}</Radix.Title>
            <IconButton label="Close" icon="close" onClick={onClose} />
          </header>
          {description && <Radix.Description className="quiet">{description}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  text: string;
  action: string;
  busy?: boolean;
  onConfirm: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ open, onClose, title, text, action, busy = false, onConfirm }: ConfirmProps) {
  return (
    <Dialog open={open} onClose={onClose} title={title} description={text}>
      <footer className={styles["foot"]}>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </footer>
    </Dialog>
  );
}
