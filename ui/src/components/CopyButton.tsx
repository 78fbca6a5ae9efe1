/** Copies a text and says so. */
import { useState } from "react";
import { IconButton } from "@/design/Button";
import { toast } from "@/design/Toast";

export function CopyButton({ text, label = "Copy" }: { text: () => string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch {
      toast("The browser does not let this page copy. Select the text instead.", "bad");
    }
  };
  return <IconButton small icon={done ? "check" : "copy"} label={done ? "Copied" : label} onClick={() => void copy()} />;
}
