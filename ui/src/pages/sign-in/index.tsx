import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { signIn } from "@/api/session";
import { useGo } from "@/components/Link";
import { Page } from "@/components/Page";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import styles from "./SignIn.module.css";

export default function SignIn() {
  const [key, setKey] = useState("");
  const client = useQueryClient();
  const go = useGo();
  const attempt = useMutation({
    mutationFn: () => signIn(key.trim()),
    onSuccess: () => {
      client.clear();
      go("/");
    },
  });
  return (
    <Page title="Sign in">
      <form
        className={`panel ${styles["form"]}`}
        onSubmit={(event) => {
          event.preventDefault();
          attempt.mutate();
        }}
      >
        <TextField label="API key" type="password" autoComplete="current-password" value={key} onChange={(event) => setKey(event.target.value)}
          problem={attempt.isError ? attempt.error.message : null} />
        <Button kind="primary" type="submit" disabled={key.trim() === ""} busy={attempt.isPending}>
          Sign in
        </Button>
        <p className="quiet small">
          Keys are made on the server: <code>weft keys create</code>
        </p>
      </form>
    </Page>
  );
}
