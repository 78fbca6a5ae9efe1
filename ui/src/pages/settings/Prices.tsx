/** What tokens cost: prices of the project's own, the published ones that hold otherwise, and models without any. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { atLeast } from "@/api/projects";
import { type OwnPrice, type PublishedPrice, removePrice, useOwnPrices, usePublishedPrices, useUnpriced } from "@/api/settingsPrices";
import { type Column, DataTable } from "@/components/DataTable";
import { Section } from "@/components/Page";
import { SearchBox } from "@/components/SearchBox";
import { useUrlState } from "@/components/useUrlState";
import { Time } from "@/components/Values";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { toast } from "@/design/Toast";
import { counted } from "@/domain/format";
import type { Viewer } from "./index";
import { NewPriceDialog } from "./NewPriceDialog";
import { Refused } from "./Refused";
import styles from "./Settings.module.css";
import { perMillion } from "./tokenPrices";

export function Prices({ viewer }: { viewer: Viewer }) {
  const url = useUrlState();
  const may = atLeast(viewer.role, "member");
  const own = useOwnPrices(viewer.project);
  const unpriced = useUnpriced(viewer.project);
  const [removing, setRemoving] = useState<OwnPrice | null>(null);
  const columns = useMemo(() => ownColumns(may ? setRemoving : null), [may]);
  return (
    <>
      {!may && (
        <Refused>
          <p>Members of the project set and remove prices; your role here is {viewer.role ?? "none"}.</p>
        </Refused>
      )}
      {unpriced.data && unpriced.data.length > 0 && (
        <Refused>
          <p>{counted(unpriced.data.length, "model")} used in the last 30 days {unpriced.data.length === 1 ? "has" : "have"} no price, so what {unpriced.data.length === 1 ? "it" : "they"} cost is in no sum:</p>
          <p className="row">
            {unpriced.data.map((model) => (
              <span key={model} className="row"><code>{model}</code>{may && <Button small onClick={() => url.set({ new: "1", model })} aria-label={`Set a price for ${model}`}>Set a price</Button>}</span>
            ))}
          </p>
        </Refused>
      )}
      <Section title="Of this project" actions={may && <Button kind="primary" icon="plus" onClick={() => url.set({ new: "1", model: null })}>Add a price</Button>}>
        <DataTable label="Prices of this project" rows={own.data ?? []} columns={columns} rowKey={(row) => row.id ?? ""} loading={own.isPending} error={own.error} onRetry={() => void own.refetch()}
          empty={<p className="quiet">None: the published prices below hold. One of your own wins over them, for calls from its date on.</p>} />
      </Section>
      <Published />
      <NewPriceDialog key={url.get("model")} open={url.get("new") === "1"} model={url.get("model")} project={viewer.project} onClose={() => url.set({ new: null, model: null }, true)} />
      <Remove project={viewer.project} target={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

function Remove({ project, target, onClose }: { project: string; target: OwnPrice | null; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => removePrice(project, id),
    onSuccess: async () => {
      onClose();
      toast("The price is removed.");
      await Promise.all([client.invalidateQueries({ queryKey: ["prices", project] }), client.invalidateQueries({ queryKey: ["unpriced", project] })]);
    },
    onError: (error) => toast(error.message, "bad"),
  });
  return (
    <Confirm open={target !== null} onClose={onClose} title={`Remove the price of ${target?.llm_id ?? ""}?`} action="Remove" busy={remove.isPending}
      text="Costs are worked out when they are shown: those of earlier calls change too, to what the next price says, or to unknown."
      onConfirm={() => target?.id && remove.mutate(target.id)} />
  );
}

const HINT = "US dollars per million tokens";

function ownColumns(onRemove: ((price: OwnPrice) => void) | null): Column<OwnPrice>[] {
  return [
    { id: "model", title: "Model", width: 200, grow: true, narrow: "title", sortValue: (row) => row.llm_id, cell: (row) => <bdi>{row.llm_id}</bdi> },
    { id: "in", title: "Input / 1M", width: 100, numeric: true, hint: HINT, sortValue: (row) => row.prompt_token_cost, cell: (row) => perMillion(row.prompt_token_cost) },
    { id: "out", title: "Output / 1M", width: 106, numeric: true, hint: HINT, sortValue: (row) => row.completion_token_cost, cell: (row) => perMillion(row.completion_token_cost) },
    { id: "read", title: "Cache read", width: 100, numeric: true, hint: HINT, narrow: "hide", cell: (row) => perMillion(row.cache_read_input_token_cost) },
    { id: "write", title: "Cache write", width: 104, numeric: true, hint: HINT, narrow: "hide", cell: (row) => perMillion(row.cache_creation_input_token_cost) },
    { id: "from", title: "From", width: 110, sortValue: (row) => row.effective_date, cell: (row) => <Time at={row.effective_date} /> },
    ...(onRemove ? [{ id: "do", title: "", width: 90, cell: (row: OwnPrice) => <Button small kind="bare" aria-label={`Remove the price of ${row.llm_id}`} onClick={() => onRemove(row)}>Remove</Button> }] : []),
  ];
}

const PUBLISHED: readonly Column<PublishedPrice>[] = [
  { id: "model", title: "Model", width: 240, grow: true, narrow: "title", cell: (row) => <bdi>{row.model}</bdi> },
  { id: "provider", title: "Provider", width: 120, narrow: "brief", cell: (row) => row.provider },
  { id: "in", title: "Input / 1M", width: 104, numeric: true, hint: HINT, cell: (row) => perMillion(row.prompt_token_cost) },
  { id: "out", title: "Output / 1M", width: 110, numeric: true, hint: HINT, cell: (row) => perMillion(row.completion_token_cost) },
  { id: "read", title: "Cache read", width: 104, numeric: true, hint: HINT, narrow: "hide", cell: (row) => perMillion(row.cache_read_input_token_cost) },
  { id: "write", title: "Cache write", width: 110, numeric: true, hint: HINT, narrow: "hide", cell: (row) => perMillion(row.cache_creation_input_token_cost) },
];

function Published() {
  const url = useUrlState();
  const search = url.get("q");
  const list = usePublishedPrices(search);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.prices) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total;
  return (
    <Section title="Published, where the project has none">
      <div className={styles["tools"]}>
        <SearchBox className={styles["search"]} label="Find a provider or model" value={search} onChange={(q) => url.set({ q }, true)} />
        {total !== undefined && <span className="quiet number">{counted(total, "model")}</span>}
      </div>
      <DataTable label="Published prices" keys={false} rows={rows} columns={PUBLISHED} rowKey={(row) => `${row.provider}/${row.model}`} loading={list.isPending} error={list.error} onRetry={() => void list.refetch()}
        total={total} onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined} loadingMore={list.isFetchingNextPage}
        empty={<p className="quiet">No published price matches. Add one of your own above: the model's name has to be the one that calls report.</p>} />
    </Section>
  );
}
