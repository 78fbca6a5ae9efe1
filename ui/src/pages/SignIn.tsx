import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { signIn } from "../api/session";

export function SignIn() {
  const [key, setKey] = useState("");
  const attempt = useMutation({ mutationFn: () => signIn(key), onSuccess: () => location.assign("/") });
  return (
    <form
      className="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        attempt.mutate();
      }}
    >
      <h1>Sign in</h1>
      <label>
        API key
        <input type="password" autoComplete="current-password" value={key} onChange={(e) => setKey(e.target.value)} />
      </label>
      <button disabled={key === "" || attempt.isPending}>Sign in</button>
      {attempt.isError && <p role="alert">{attempt.error.message}</p>}
      <p>
        Keys are made on the server: <code>weft keys create</code>
      </p>
    </form>
  );
}
