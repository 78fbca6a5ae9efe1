/** What can be set of a project and its server, section by section; a section is an address. */
import { useEffect, useRef } from "react";
import { useProjects, useSession } from "@/api/session";
import type { RoleName } from "@/api/projects";
import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { ErrorState, Skeleton } from "@/components/States";
import { useParam, useProject } from "@/components/useProject";
import { Badge } from "@/design/Badge";
import { Icon, type IconName } from "@/design/Icon";
import { About } from "./About";
import { Keys } from "./Keys";
import { Members } from "./Members";
import { Prices } from "./Prices";
import { Retention } from "./Retention";
import { Secrets } from "./Secrets";
import styles from "./Settings.module.css";

/** Who looks at the settings, and what they may do. */
export interface Viewer {
  project: string;
  role: RoleName | undefined;
  username: string;
  /** Administers the whole server: keys and everything. */
  administrator: boolean;
  /** Whether this server asks for keys at all. */
  keyed: boolean;
}

const SECTIONS: readonly { id: string; title: string; icon: IconName; show: (viewer: Viewer) => React.ReactNode }[] = [
  { id: "keys", title: "Keys", icon: "settings", show: (viewer) => <Keys viewer={viewer} /> },
  { id: "members", title: "Members & roles", icon: "user", show: (viewer) => <Members viewer={viewer} /> },
  { id: "retention", title: "Retention & intake", icon: "clock", show: (viewer) => <Retention viewer={viewer} /> },
  { id: "prices", title: "Prices", icon: "usage", show: (viewer) => <Prices viewer={viewer} /> },
  { id: "secrets", title: "Secrets", icon: "tag", show: (viewer) => <Secrets viewer={viewer} /> },
  { id: "about", title: "About", icon: "help", show: (viewer) => <About viewer={viewer} /> },
];

export default function Settings() {
  const project = useProject();
  const asked = useParam("section");
  const session = useSession();
  const projects = useProjects();
  const section = SECTIONS.find((one) => one.id === asked) ?? SECTIONS[0]!;
  const role = projects.data?.find((one) => `${one.entity}/${one.name}` === project.id)?.role;
  const sections = useRef<HTMLElement>(null);
  // On a phone the sections are one line that scrolls.
  useEffect(() => sections.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [section]);
  return (
    <Page title={`${section.title} · Settings`} heading="Settings" facts={role && <span>You are <Badge>{role}</Badge> of this project</span>}>
      <div className={styles["layout"]}>
        <nav ref={sections} aria-label="Sections of the settings" className={styles["sections"]}>
          {SECTIONS.map((one) => (
            <Link key={one.id} href={project.href(`weave/settings/${one.id}`)} aria-current={one === section ? "page" : undefined}>
              <Icon name={one.icon} size={14} />
              {one.title}
            </Link>
          ))}
        </nav>
        <div className={styles["section"]}>
          {session.isError || projects.isError ? (
            <ErrorState error={(session.error ?? projects.error)!} onRetry={() => { void session.refetch(); void projects.refetch(); }} />
          ) : !session.data || !projects.data ? (
            <Skeleton lines={6} label="Loading the settings" />
          ) : (
            section.show({ project: project.id, role, username: session.data.username ?? "", administrator: session.data.administrator, keyed: session.data.auth === "keys" })
          )}
        </div>
      </div>
    </Page>
  );
}
