/** Signing in, and the page that SDKs send people to for a key. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Session, signIn, signOut, useSession } from "@/api/session";
import { createKey } from "@/api/settings";
import { Code } from "@/components/Code";
import { CopyButton } from "@/components/CopyButton";
import { FirstSteps } from "@/components/FirstSteps";
import { Link, useGo } from "@/components/Link";
import { Page } from "@/components/Page";
import { Loaded } from "@/components/States";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import { toast } from "@/design/Toast";
import styles from "./SignIn.module.css";

// Where any key is taken it still has to look like one: some clients insist on forty letters and digits.
const ANY_KEY = "local".repeat(8);

export default function SignIn() {
  const session = useSession();
  // Known only to this page, and only until it is left: the server keeps no key that it could show again.
  const [typed, setTyped] = useState("");
  return (
    <Page title="Sign in">
      <Loaded query={session}>
        {(known) => (
          <div className={styles["page"]}>
            {known.auth === "off" ? <Open /> : known.username && typed !== "" ? <Show apiKey={typed} session={known} /> : known.username ? <Known session={known} onKey={setTyped} /> : <Form onKey={setTyped} />}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Form({ onKey }: { onKey: (key: string) => void }) {
  const [key, setKey] = useState("");
  const client = useQueryClient();
  const go = useGo();
  const url = useUrlState();
  const attempt = useMutation({
    mutationFn: () => signIn(key.trim()),
    onSuccess: async () => {
      // An SDK that sent somebody here waits for the key; everybody else wants in.
      if (url.get("ref") !== "") onKey(key.trim());
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      await client.invalidateQueries({ queryKey: ["session"] });
      if (url.get("ref") === "") go("/");
    },
  });
  return (
    <>
      <form
        className={`panel ${styles["form"]}`}
        onSubmit={(event) => {
          event.preventDefault();
          attempt.mutate();
        }}
      >
        <TextField label="API key" type="password" autoComplete="current-password" value={key} onChange={(event) => setKey(event.target.value)}
          hint="Forty letters and digits. It stays in a cookie that scripts cannot read." problem={attempt.isError ? attempt.error.message : null} />
        <Button kind="primary" type="submit" disabled={key.trim() === ""} busy={attempt.isPending}>
          Sign in
        </Button>
      </form>
      <section className={`panel ${styles["form"]}`}>
        <h2>No key yet?</h2>
        <p>An administrator makes one under Settings, Keys, or on the machine of the server:</p>
        <Code text={'weft keys create --user "$USER" --role member'} language="shell" />
        <p className="quiet small">The first start of the server prints an administrator's key, once. A key is shown only when it is made: if it is lost, make another and revoke the old one.</p>
      </section>
    </>
  );
}

/** Whoever is signed in: a key cannot be shown again, but an administrator can make another. */
function Known({ session, onKey }: { session: Session; onKey: (key: string) => void }) {
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      return client.resetQueries({ queryKey: ["session"] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const make = useMutation({
    mutationFn: () => createKey({ username: session.username!, role: "member", scope: "*", name: "made in the browser for an SDK" }),
    onSuccess: onKey,
    onError: (error) => toast(error.message, "bad"),
  });
  return (
    <section className={`panel ${styles["form"]}`}>
      <h2>You are signed in as <bdi>{session.username}</bdi></h2>
      <p>
        An SDK asks for your API key: paste the one that you signed in with. The server keeps only a fingerprint of it, so that it cannot be shown again.
      </p>
      {session.administrator ? (
        <>
          <p>As an administrator you can make another one for it, with the role member in all projects:</p>
          <Button kind="primary" icon="plus" busy={make.isPending} onClick={() => make.mutate()}>Make a key for the SDK</Button>
        </>
      ) : (
        <p className="quiet">If you lost it, ask an administrator of this server for another.</p>
      )}
      <div className="row">
        <Link href="/">To the projects</Link>
        <span className="push" />
        <Button busy={leave.isPending} onClick={() => leave.mutate()}>Sign out</Button>
      </div>
    </section>
  );
}

/** A key that is known now, to be copied into an SDK's prompt. */
function Show({ apiKey, session }: { apiKey: string; session: Session }) {
  return (
    <section className={`panel ${styles["form"]}`}>
      <h2>Your API key</h2>
      <p>Copy it and paste it where the SDK asks for it. It is shown only now.</p>
      <KeyText value={apiKey} />
      <FirstSteps project={`${session.default_entity ?? "my-team"}/my-project`} apiKey={apiKey} />
      <Link href="/">To the projects</Link>
    </section>
  );
}

function Open() {
  return (
    <section className={`panel ${styles["form"]}`}>
      <h2>This server asks for no keys</h2>
      <p>
        Everybody who reaches it is the user <code>local</code> and may do everything. SDKs want a key all the same: any text will do, and this one has the form that all of them take.
      </p>
      <KeyText value={ANY_KEY} />
      <FirstSteps project="my-team/my-project" apiKey={ANY_KEY} />
      <p className="quiet small">To ask for keys, start the server with <code>WEFT_AUTH=keys</code>.</p>
      <Link href="/">To the projects</Link>
    </section>
  );
}

function KeyText({ value }: { value: string }) {
  return (
    <p className={styles["key"]}>
      <code>{value}</code>
      <CopyButton label="Copy the key" text={() => value} />
    </p>
  );
}
