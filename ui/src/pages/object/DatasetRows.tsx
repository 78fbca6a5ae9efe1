/** The rows of a dataset: paged, sorted by the server, opened whole; changes are drafted and published as a new version. */
import { useMemo } from "react";
import { type ObjectVersion, type Row, useRows } from "@/api/objects";
import { type Column, DataTable, type Sort } from "@/components/DataTable";
import { EmptyState } from "@/components/States";
import { useProject } from "@/components/useProject";
import { useUrlState } from "@/components/useUrlState";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { counted, number } from "@/domain/format";
import { isRecord } from "@/domain/messageParts";
import { type Draft, useDraft } from "./draft";
import { DraftBar } from "./DraftBar";
import styles from "./Object.module.css";
import { RowDialog } from "./RowDialog";
import { ShortValue } from "./ShortValue";

interface Shown {
  /** The place in the table, or `new0` of a row that is only drafted. */
  key: string;
  val: unknown;
  state: "stored" | "edited" | "removed" | "added";
}

const MOST_COLUMNS = 24;

export function DatasetRows({ object, table }: { object: ObjectVersion; table: string }) {
  const project = useProject();
  const url = useUrlState();
  const sort = url.get("sort");
  const list = useRows(project.id, table, sort);
  const [draft, setDraft] = useDraft(`${project.id}/${object.object_id}/${object.digest}`);
  const pages = list.data?.pages;
  const rows = useMemo(() => shownOf(pages?.flatMap((page) => page.rows) ?? [], draft), [pages, draft]);
  const names = columnNames(rows).join("\n");
  const columns = useMemo(() => columnsOf(names === "" ? [] : names.split("\n")), [names]);
  const order = useMemo<Sort | null>(() => (sort === "" ? null : { id: sort.replace(/^-/, ""), desc: sort.startsWith("-") }), [sort]);
  const total = pages?.[0]?.total;
  return (
    <div className="stack">
      <div className={styles["tools"]}>
        <span className="quiet number">{total !== undefined && counted(total, "row")}</span>
        <span className="push" />
        <Button icon="plus" onClick={() => url.set({ row: "new" })}>
          Add a row
        </Button>
      </div>
      <DraftBar object={object} table={table} draft={draft} onChange={setDraft} />
      <DataTable
        label="Rows"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.key}
        onOpen={(row) => url.set({ row: row.key })}
        marked={url.get("row") || null}
        sort={order}
        onSort={(next) => url.set({ sort: next === null ? null : `${next.desc ? "-" : ""}${next.id}` })}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        total={total === undefined ? undefined : total + draft.added.length}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={<EmptyState title="This dataset has no rows" icon="objects">Add a row above, or publish it with rows from the SDK.</EmptyState>}
      />
      <RowDialog table={table} total={total ?? 0} columns={names === "" ? [] : names.split("\n")} draft={draft} onDraft={setDraft} />
    </div>
  );
}

function shownOf(stored: readonly { index: number; val: unknown }[], draft: Draft): Shown[] {
  const added = draft.added.map((val, at): Shown => ({ key: `new${at}`, val, state: "added" }));
  const rest = stored.map(({ index, val }): Shown => {
    const edited: Row | undefined = draft.edited[index];
    return { key: String(index), val: edited ?? val, state: edited ? "edited" : draft.removed.includes(index) ? "removed" : "stored" };
  });
  return [...added, ...rest];
}

/** The names of the members that the rows have, in the order in which they are met. */
function columnNames(rows: readonly Shown[]): string[] {
  const names = new Set<string>();
  for (const { val } of rows) for (const name of isRecord(val) ? Object.keys(val) : []) if (name !== "…") names.add(name);
  return [...names].slice(0, MOST_COLUMNS);
}

const WORDS = { edited: "edited", removed: "removed", added: "new" } as const;

function columnsOf(names: readonly string[]): Column<Shown>[] {
  return [
    {
      id: "#",
      title: "Row",
      width: 92,
      narrow: "title",
      cell: ({ key, state }) => (
        <span className="row number">
          {state === "added" ? "" : number(Number(key))}
          {state !== "stored" && <Badge tone={state === "removed" ? "bad" : state === "added" ? "good" : "wait"}>{WORDS[state]}</Badge>}
        </span>
      ),
    },
    ...names.map(
      (name): Column<Shown> => ({
        id: name,
        title: name,
        width: 140,
        grow: true,
        // The server sorts by paths with plain dots: a name with a dot would be taken for a path.
        sortable: !name.includes("."),
        cell: ({ val, state }) => {
          const value = isRecord(val) && Object.hasOwn(val, name) ? val[name] : undefined;
          return state === "removed" ? <s className="quiet"><ShortValue value={value} /></s> : <ShortValue value={value} />;
        },
      }),
    ),
  ];
}
