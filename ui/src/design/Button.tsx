/** Buttons: plain, primary, danger, or only an icon (which then needs a label). */
import type { ButtonHTMLAttributes, Ref } from "react";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "primary" | "danger" | "bare";
  icon?: IconName;
  /** Shows the button as working and refuses further presses. */
  busy?: boolean;
  small?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ kind = "plain", icon, busy = false, small = false, className = "", children, disabled, ...rest }: Props) {
  const names = [styles["button"], styles[kind], small ? styles["small"] : "", children ? "" : styles["icon"], className];
  return (
    <button type="button" {...rest} disabled={disabled || busy} aria-busy={busy || undefined} className={names.join(" ")}>
      {icon && <Icon name={icon} size={small ? 14 : 16} />}
      {children}
    </button>
  );
}

/** A button of which only the icon is seen. */
export function IconButton({ label, ...rest }: Omit<Props, "children"> & { label: string; icon: IconName }) {
  return <Button kind="bare" {...rest} aria-label={label} title={label} />;
}
