/** How long the project keeps what is written, which share of it, and what is taken out: read by all, set by administrators. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { atLeast } from "@/api/projects";
import { changeSettings, type Kept, type ProjectSettings, type SettingsChange, useKept, useProjectSettings, useSizes } from "@/api/settings";
import { Section } from "@/components/Page";
import { Loaded } from "@/components/States";
import { Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { Checkbox, Select, TextField } from "@/design/Field";
import { toast } from "@/design/Toast";
import { bytes, counted } from "@/domain/format";
import { dayOfRemoval } from "./dates";
import type { Viewer } from "./index";
import { Refused } from "./Refused";
import styles from "./Settings.module.css";

const MOST_DAYS = 1_000_000;

export function Retention({ viewer }: { viewer: Viewer }) {
  const kept = useKept(viewer.project);
  const may = atLeast(viewer.role, "admin");
  const settings = useProjectSettings(viewer.project, may);
  return (
    <>
      {!may && (
        <Refused>
          <p>You see what is in force. Only administrators of the project change it; your role here is {viewer.role ?? "none"}.</p>
        </Refused>
      )}
      <Loaded query={kept}>
        {(now) => (
          <>
            <Keep key={`keep-${now.retention_days}`} viewer={viewer} now={now} may={may} />
            <Take key={`take-${now.sample_rate}-${now.sample_dry_run}-${now.pii_policy}`} viewer={viewer} now={now} may={may} />
          </>
        )}
      </Loaded>
      {may && settings.data && settings.data.changes.length > 0 && <History settings={settings.data} />}
    </>
  );
}

function useChange(project: string, onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SettingsChange) => changeSettings(project, body),
    onSuccess: async () => {
      onDone?.();
      toast("Saved. It holds for what is written from now on.");
      await Promise.all([client.invalidateQueries({ queryKey: ["kept", project] }), client.invalidateQueries({ queryKey: ["project-settings", project] })]);
    },
    onError: (error) => toast(error.message, "bad"),
  });
}

function Keep({ viewer, now, may }: { viewer: Viewer; now: Kept; may: boolean }) {
  const [limited, setLimited] = useState(now.retention_days !== null);
  const [days, setDays] = useState(String(now.retention_days ?? 90));
  const [asking, setAsking] = useState(false);
  const sizes = useSizes(viewer.project);
  const change = useChange(viewer.project, () => setAsking(false));
  const count = Number(days);
  const wrong = limited && !(Number.isInteger(count) && count >= 1 && count <= MOST_DAYS);
  const wanted = limited ? count : null;
  const changed = wanted !== now.retention_days;
  const stored = sizes.data ? bytes((sizes.data.trace_storage_size_bytes ?? 0) + (sizes.data.spans_storage_size_bytes ?? 0)) : "what";
  return (
    <Section title="How long it is kept">
      <form
        className={`panel ${styles["panel"]}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong && changed) setAsking(true);
        }}
      >
        <p>Now: <strong>{now.retention_days === null ? "for ever" : counted(now.retention_days, "day")}</strong></p>
        <fieldset disabled={!may} className={`${styles["bare"]} ${styles["radio"]}`}>
          <legend className="hidden">How long</legend>
          <label><input type="radio" name="keep" checked={!limited} onChange={() => setLimited(false)} /> For ever</label>
          <label><input type="radio" name="keep" checked={limited} onChange={() => setLimited(true)} /> Remove after</label>
          <span className={styles["days"]}><TextField label="Days" hideLabel type="number" min={1} max={MOST_DAYS} step={1} value={days} disabled={!limited || !may} onChange={(event) => setDays(event.target.value)} /></span>
          <span>days</span>
        </fieldset>
        {wrong && <p role="alert" className={styles["gone"]}>A whole number of days from 1 to {MOST_DAYS.toLocaleString("en-US")}.</p>}
        {limited && !wrong && <Explained days={count} stored={stored} />}
        {!limited && now.retention_days !== null && <p className={styles["explained"]}>What is written from now on stays. What was written under {counted(now.retention_days, "day")} is still removed when its day comes.</p>}
        {may && <Button type="submit" kind="primary" disabled={!changed || wrong}>Save</Button>}
      </form>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={limited ? `Remove after ${counted(count, "day")}?` : "Keep for ever?"}
        text={
          limited
            ? `Every call and agent span written from now on is deleted ${counted(count, "day")} after it started, with its feedback and the files that nothing else names; one that starts today on ${dayOfRemoval(count, Date.now())}. That cannot be taken back. What is stored already (${stored}) keeps the time it was given.`
            : "What is written from now on stays until somebody deletes it. What was written before keeps the time it was given."
        }
        action={limited ? "Delete after this time" : "Keep for ever"}
        busy={change.isPending}
        onConfirm={() => change.mutate({ retention_days: wanted })}
      />
    </Section>
  );
}

function Explained({ days, stored }: { days: number; stored: string }) {
  return (
    <div className={styles["explained"]}>
      <p>Deleted, {counted(days, "day")} after it started: every call and agent span that is <strong>written from now on</strong>, with its feedback, and files that nothing else names. One that starts today: on <strong>{dayOfRemoval(days, Date.now())}</strong>.</p>
      <p>Not touched: what is stored already ({stored}), which keeps the time it was given; objects, datasets, prices and settings.</p>
    </div>
  );
}

function Take({ viewer, now, may }: { viewer: Viewer; now: Kept; may: boolean }) {
  const [share, setShare] = useState(String(Number((now.sample_rate * 100).toPrecision(6))));
  const [dry, setDry] = useState(now.sample_dry_run);
  const [pii, setPii] = useState(now.pii_policy);
  const change = useChange(viewer.project);
  const percent = Number(share);
  const wrong = share.trim() === "" || !(percent >= 0 && percent <= 100);
  const changed = wrong || percent / 100 !== now.sample_rate || dry !== now.sample_dry_run || pii !== now.pii_policy;
  return (
    <Section title="What is taken in">
      <form
        className={`panel ${styles["panel"]}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) change.mutate({ sample_rate: percent / 100, sample_dry_run: dry, pii_policy: pii });
        }}
      >
        <fieldset disabled={!may} className={`${styles["bare"]} ${styles["form"]}`}>
          <legend className="hidden">What is taken in</legend>
          <TextField label="Share of the traces that is stored, in percent" type="number" min={0} max={100} step="any" value={share} problem={wrong ? "From 0 to 100." : null} onChange={(event) => setShare(event.target.value)}
            hint="Whole traces are kept or dropped, always the same ones; traces of evaluations are always kept. What is dropped is gone, though senders are told that it arrived." />
          <Checkbox label="Only try it: store everything, whatever the share" checked={dry} onChange={(event) => setDry(event.target.checked)} />
          <Select label="Personal data" value={pii} onChange={(value) => setPii(value as Kept["pii_policy"])}
            choices={[{ value: "off", label: "Store as it is sent" }, { value: "pii-v1", label: "Replace e-mail addresses, phone, social security and card numbers by markers" }]}
            hint="Before anything is stored; what was replaced cannot be brought back." />
        </fieldset>
        {may && <Button type="submit" kind="primary" busy={change.isPending} disabled={wrong || !changed}>Save</Button>}
      </form>
    </Section>
  );
}

const NAMES: Record<string, string> = { retention_days: "Days kept", sample_rate: "Share stored", sample_dry_run: "Only try", pii_policy: "Personal data" };

function History({ settings }: { settings: ProjectSettings }) {
  return (
    <Section title="Changes">
      <ul className={`panel ${styles["panel"]}`}>
        {settings.changes.slice(0, 20).map((change, at) => (
          <li key={at} className="row">
            <span>{NAMES[change.name] ?? change.name}</span> <span className="quiet">set to</span> <code>{change.value === null ? "the operator's default" : String(change.value)}</code>
            <span className="quiet"><Time at={change.changed_at} /></span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
