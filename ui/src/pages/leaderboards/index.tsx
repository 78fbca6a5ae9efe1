/** The leaderboards of a project, each with who leads it. */
import { useMemo } from "react";
import { type BoardItem, useLeaderboard, useLeaderboards } from "@/api/leaderboards";
import { type Column, DataTable } from "@/components/DataTable";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState } from "@/components/States";
import { type ProjectName, useProject } from "@/components/useProject";
import { Time } from "@/components/Values";
import { Icon } from "@/design/Icon";
import { counted } from "@/domain/format";
import styles from "./Leaderboards.module.css";

const hrefOf = (project: ProjectName, item: BoardItem) => project.href(`weave/leaderboards/${encodeURIComponent(item.object_id)}`);

export default function Leaderboards() {
  const project = useProject();
  const list = useLeaderboards(project.id);
  const rows = useMemo(() => list.data?.pages.flat() ?? [], [list.data]);
  const columns = useMemo(() => columnsOf(project), [project]);
  const more = list.hasNextPage && !list.isFetchingNextPage;
  return (
    <Page title="Leaderboards" fill facts={list.data && !list.hasNextPage && <span className="number">{counted(rows.length, "leaderboard")}</span>}>
      <DataTable
        label="Leaderboards"
        fill
        rows={rows}
        columns={columns}
        rowKey={(item) => item.object_id}
        rowHref={(item) => hrefOf(project, item)}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        onEnd={more ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={<HowToPublish project={project.id} />}
      />
    </Page>
  );
}

function columnsOf(project: ProjectName): Column<BoardItem>[] {
  return [
    {
      id: "name",
      title: "Leaderboard",
      width: 220,
      grow: true,
      narrow: "title",
      cell: (item) => (
        <Link href={hrefOf(project, item)} className="cut">
          <bdi>{item.object_id}</bdi>
        </Link>
      ),
    },
    { id: "leader", title: "In the lead", width: 220, grow: true, cell: (item) => <Leader project={project.id} name={item.object_id} /> },
    { id: "about", title: "About", width: 260, grow: true, cell: (item) => <About project={project.id} name={item.object_id} /> },
    { id: "version", title: "Version", width: 80, narrow: "brief", cell: (item) => <span className="number">v{item.version_index}</span> },
    { id: "created", title: "Published", width: 100, narrow: "brief", cell: (item) => <Time at={item.created_at} /> },
  ];
}

/** Asked for only by rows in sight, and there already when the board is opened. */
function Leader({ project, name }: { project: string; name: string }) {
  const { data, error } = useLeaderboard(project, name);
  if (error) return <span className="quiet" title={error.message}>cannot be read</span>;
  if (!data) return <i className={styles["wait"]} />;
  const first = data.rows[0];
  if (!first) return <span className="quiet">no finished run yet</span>;
  return (
    <span className={styles["leader"]}>
      <Icon name="star" size={14} />
      <bdi className="cut">{first.model_name ?? first.model_ref}</bdi>
      <span className="quiet number">of {data.rows.length}</span>
    </span>
  );
}

function About({ project, name }: { project: string; name: string }) {
  const { data } = useLeaderboard(project, name);
  if (!data) return <i className={styles["wait"]} />;
  return <bdi className="quiet">{data.description ?? counted(data.columns.length, "column")}</bdi>;
}

function HowToPublish({ project }: { project: string }) {
  return (
    <EmptyState
      title="No leaderboards yet"
      icon="leaderboards"
      code={`import weave                       # WANDB_BASE_URL=${location.origin} WANDB_API_KEY=<your key>
from weave.flow import leaderboard

weave.init("${project}")
board = leaderboard.Leaderboard(
    name="Best bots",
    description="Who answers best",
    columns=[
        leaderboard.LeaderboardColumn(
            evaluation_object_ref=weave.publish(evaluation).uri(),   # your weave.Evaluation
            scorer_name="exact",
            summary_metric_path="true_fraction",
        )
    ],
)
weave.publish(board)`}
    >
      A leaderboard ranks models by the results of evaluations. Publish one, and every finished run of its evaluations counts.
    </EmptyState>
  );
}
