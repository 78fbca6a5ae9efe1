/** One version of an object or op: what it holds, its other versions, where it is used, and how to get it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteVersions, type ObjectVersion, useObject, useVersions } from "@/api/objects";
import { Code } from "@/components/Code";
import { CopyButton } from "@/components/CopyButton";
import { FamilyBadge } from "@/components/FamilyBadge";
import { JsonView } from "@/components/JsonView";
import { Link, useGo } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState, ErrorState, Skeleton } from "@/components/States";
import { useKeys } from "@/components/useKeys";
import { useParam, useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { Popover } from "@/design/Menu";
import { type Tab, Segments, Tabs } from "@/design/Tabs";
import { toast } from "@/design/Toast";
import { ApiError } from "@/api/client";
import { DatasetRows } from "./DatasetRows";
import { familyOf, pythonOf, refOf, tableOf, typescriptOf } from "./kinds";
import { Labels } from "./Labels";
import styles from "./Object.module.css";
import { Use } from "./Use";
import { Value } from "./Value";
import { diffHref, Versions } from "./Versions";

/** An address without a version means the latest. */
export default function ObjectPage() {
  const project = useProject();
  const name = useParam("name");
  const query = useObject(project.id, name, useParam("digest") || "latest");
  if (query.isPending) return <Page title={name}><Skeleton lines={8} /></Page>;
  if (query.isError) return <Missing name={name} error={query.error} onRetry={() => void query.refetch()} />;
  return <Version key={query.data.digest} object={query.data} />;
}

function Missing({ name, error, onRetry }: { name: string; error: Error; onRetry: () => void }) {
  const project = useProject();
  if (!(error instanceof ApiError) || error.status !== 404) return <Page title={name}><ErrorState error={error} onRetry={onRetry} /></Page>;
  return (
    <Page title={name}>
      <EmptyState title={error.message.includes("deleted") ? "This version was deleted" : "No such version"} icon="search">
        <Link href={project.href(`weave/objects/${encodeURIComponent(name)}`)}>The latest version of {name}</Link> or <Link href={project.href("weave/objects")}>everything that is published</Link>
      </EmptyState>
    </Page>
  );
}

function Version({ object }: { object: ObjectVersion }) {
  const project = useProject();
  const family = familyOf(object);
  const versions = useVersions(project.id, object.object_id, object.kind);
  const title = `${object.object_id} v${object.version_index}`;
  const known = versions.data?.pages.flatMap((page) => page.versions) ?? [];
  const user = known.find((version) => version.digest === object.digest)?.user;
  const before = known.find((version) => version.version_index < object.version_index)?.digest;
  return (
    <Page
      title={title}
      heading={<span className={styles["heading"]}>{object.object_id} <span className={styles["version"]}>v{object.version_index}</span></span>}
      facts={
        <>
          <FamilyBadge family={family} leaf={object.leaf_object_class} />
          {object.leaf_object_class && object.leaf_object_class.toLowerCase() !== family && <span>{object.leaf_object_class}</span>}
          <Labels object={object} />
          <span><Time at={object.created_at} /></span>
          {user && <span>by {user}</span>}
          <span className={styles["digest"]}>
            <code title={object.digest}>{object.digest.slice(0, 12)}</code>
            <CopyButton label="Copy the ref" text={() => refOf(project.id, object)} />
          </span>
        </>
      }
      actions={<Actions object={object} before={before} />}
    >
      <Parts object={object} count={versions.data?.pages[0]?.total} />
    </Page>
  );
}

function Parts({ object, count }: { object: ObjectVersion; count: number | undefined }) {
  const url = useUrlState();
  const table = tableOf(object.val);
  const first = table ? "Rows" : object.kind === "op" ? "Code" : familyOf(object) === "prompt" ? "Prompt" : "Value";
  const tabs: Tab[] = [
    { id: "value", title: first, content: () => (table ? <DatasetRows object={object} table={table} /> : <Value object={object} />) },
    { id: "versions", title: count === undefined ? "Versions" : `Versions ${count}`, content: () => <Versions object={object} /> },
    { id: "use", title: "Use", content: () => <Use object={object} /> },
    { id: "json", title: "JSON", content: () => <div className={`panel ${styles["panel"]}`}><JsonView value={object.val} levels={2} /></div> },
  ];
  const asked = url.get("tab");
  return <Tabs label="About the version" tabs={tabs} value={tabs.some((tab) => tab.id === asked) ? asked : "value"} onChange={(tab) => url.set({ tab: tab === "value" ? null : tab, row: null, sort: null, any: null }, true)} />;
}

function Actions({ object, before }: { object: ObjectVersion; before: string | undefined }) {
  const project = useProject();
  const go = useGo();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteVersions(project.id, object.object_id, [object.digest]),
    onSuccess: () => {
      toast(`Deleted v${object.version_index} of ${object.object_id}.`);
      // What is shown is gone: asking for it again would only fail.
      void client.invalidateQueries({ refetchType: "none" });
      go(project.href("weave/objects"), true);
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const changes = before === undefined ? null : diffHref(project.href, object, before, object.digest);
  useKeys([
    { keys: "u", what: "Back to all objects", run: () => go(project.href("weave/objects")) },
    ...(changes ? [{ keys: "d", what: "What changed since the version before", run: () => go(changes) }] : []),
  ]);
  return (
    <>
      {changes && (
        <Button icon="compare" onClick={() => go(changes)}>
          What changed
        </Button>
      )}
      <Popover label="Use in code" trigger={<Button icon="code">Use in code</Button>}>
        <Lines object={object} />
      </Popover>
      <Button icon="trash" kind="danger" onClick={() => setAsked(true)}>
        Delete
      </Button>
      <Confirm open={asked} onClose={() => setAsked(false)} title={`Delete v${object.version_index} of ${object.object_id}?`} action="Delete this version" busy={remove.isPending} onConfirm={() => remove.mutate()}
        text="Its tags and aliases go too, and what refers to it will say that it was deleted. Other versions stay. Publishing the same content again brings it back." />
    </>
  );
}

function Lines({ object }: { object: ObjectVersion }) {
  const project = useProject();
  const [language, setLanguage] = useState<"python" | "typescript">("python");
  const typescript = typescriptOf(project.id, object);
  return (
    <div className={styles["code"]}>
      <Segments label="Language" value={language} onChange={setLanguage} choices={[{ value: "python", label: "Python" }, { value: "typescript", label: "TypeScript" }]} />
      {language === "python" ? <Code text={pythonOf(project.id, object)} language="python" /> : typescript ? <Code text={typescript} language="typescript" /> : <p className="quiet">The TypeScript SDK does not fetch ops; use Python.</p>}
      <p className="quiet small">This is always v{object.version_index}. With <code>:latest</code> or an alias after the name, it follows what that names.</p>
    </div>
  );
}
