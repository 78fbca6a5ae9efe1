import { useMemo, useState } from "react";
import { useProjects, useSession } from "@/api/session";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { ErrorState, FirstTrace, Skeleton } from "@/components/States";
import { SearchField } from "@/design/Field";
import styles from "./Projects.module.css";

// From this many on a list is searched rather than read.
const MANY = 9;

export default function Projects() {
  const query = useProjects();
  const session = useSession();
  const [search, setSearch] = useState("");
  const projects = useMemo(() => query.data ?? [], [query.data]);
  const found = projects.filter(({ entity, name }) => `${entity}/${name}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <Page title="Projects" actions={projects.length >= MANY && <SearchField label="Find a project" value={search} onChange={(event) => setSearch(event.target.value)} />}>
      {query.isPending && <Skeleton lines={5} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && projects.length === 0 && <FirstTrace project={`${session.data?.default_entity ?? "my-team"}/my-project`} />}
      <ul className={styles["cards"]}>
        {found.map(({ entity, name, role }) => (
          <li key={`${entity}/${name}`}>
            <Link href={`/${encodeURIComponent(entity)}/${encodeURIComponent(name)}/weave/traces`} className={`panel ${styles["card"]}`}>
              <span className="quiet small">{entity}</span>
              <strong>{name}</strong>
              <span className="quiet small">{role}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
