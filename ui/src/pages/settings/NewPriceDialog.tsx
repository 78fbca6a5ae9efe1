/** Adding a price of the project's own: dollars per million tokens, as providers publish them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addPrice } from "@/api/settingsPrices";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { TextField } from "@/design/Field";
import { toast } from "@/design/Toast";
import styles from "./Settings.module.css";
import { perToken } from "./tokenPrices";

interface Props {
  open: boolean;
  model: string;
  project: string;
  onClose: () => void;
}

export function NewPriceDialog({ open, model, project, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title="Add a price" description="In US dollars per million tokens. Earlier prices of the model stay, for the calls of their time.">
      <NewPrice model={model} project={project} onClose={onClose} />
    </Dialog>
  );
}

function NewPrice({ model, project, onClose }: Omit<Props, "open">) {
  const client = useQueryClient();
  const [name, setName] = useState(model);
  const [typed, setTyped] = useState({ input: "", output: "", read: "", write: "" });
  const [from, setFrom] = useState("");
  const put = (field: keyof typeof typed) => (event: React.ChangeEvent<HTMLInputElement>) => setTyped({ ...typed, [field]: event.target.value });
  const prices = { input: perToken(typed.input), output: perToken(typed.output), read: perToken(typed.read), write: perToken(typed.write) };
  const add = useMutation({
    mutationFn: () =>
      addPrice(project, name.trim(), {
        prompt_token_cost: prices.input!,
        completion_token_cost: prices.output!,
        // Who names no price for the cache pays for its tokens as for any that go in.
        cache_read_input_token_cost: prices.read ?? prices.input!,
        cache_creation_input_token_cost: prices.write ?? prices.input!,
        effective_date: from === "" ? null : `${from}T00:00:00Z`,
      } as Parameters<typeof addPrice>[2]),
    onSuccess: async () => {
      onClose();
      toast(`The price of ${name.trim()} is set.`);
      await Promise.all([client.invalidateQueries({ queryKey: ["prices", project] }), client.invalidateQueries({ queryKey: ["unpriced", project] })]);
    },
  });
  const ready = name.trim() !== "" && prices.input !== null && prices.output !== null && (typed.read === "" || prices.read !== null) && (typed.write === "" || prices.write !== null);
  const number = { type: "number", min: 0, step: "any", inputMode: "decimal" } as const;
  return (
    <form
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) add.mutate();
      }}
    >
      <TextField label="Model" value={name} autoFocus={model === ""} spellCheck={false} autoComplete="off" onChange={(event) => setName(event.target.value)} hint="Exactly as calls report it." problem={add.isError ? add.error.message : null} />
      <div className={styles["pair"]}>
        <TextField label="Input" {...number} autoFocus={model !== ""} value={typed.input} onChange={put("input")} />
        <TextField label="Output" {...number} value={typed.output} onChange={put("output")} />
        <TextField label="Cache read" {...number} value={typed.read} onChange={put("read")} hint="Empty: as input" />
        <TextField label="Cache write" {...number} value={typed.write} onChange={put("write")} hint="Empty: as input" />
      </div>
      <TextField label="From" type="date" value={from} onChange={(event) => setFrom(event.target.value)} hint="Empty: from now on. Calls before it use the price before." />
      <div className={styles["foot"]}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={!ready} busy={add.isPending}>Add</Button>
      </div>
    </form>
  );
}
