/** A menu of actions or links, and a popover for small forms; both open from a button. */
import { DropdownMenu, Popover as RadixPopover } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import styles from "./Overlay.module.css";

export interface MenuItem {
  label: string;
  icon?: IconName;
  onSelect: () => void;
  disabled?: boolean;
  danger?: boolean;
  /** Marks the one that is in force. */
  checked?: boolean;
}

export function Menu({ trigger, items, label }: { trigger: ReactElement; items: (MenuItem | "line")[]; label: string }) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles["menu"]} aria-label={label} align="start" sideOffset={4} collisionPadding={8}>
          {items.map((item, at) =>
            item === "line" ? (
              <DropdownMenu.Separator key={at} className={styles["separator"]} />
            ) : (
              <DropdownMenu.Item key={at} className={`${styles["item"]} ${item.danger ? styles["danger"] : ""}`} disabled={item.disabled} onSelect={item.onSelect}>
                {item.icon && <Icon name={item.icon} />}
                <span className="cut">{item.label}</span>
                {item.checked && <Icon name="check" />}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface PopoverProps {
  trigger: ReactElement;
  label: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  children: ReactNode;
}

export function Popover({ trigger, label, open, onOpenChange, children }: PopoverProps) {
  return (
    <RadixPopover.Root open={open} onOpenChange={onOpenChange}>
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content className={styles["popover"]} aria-label={label} align="start" sideOffset={4} collisionPadding={8}>
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}
