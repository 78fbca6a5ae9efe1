/** The frame of every page: the places at the side, where one is at the top, the page itself. */
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useState } from "react";
import { useProjects, useSession } from "@/api/session";
import { Link, useGo } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { useKeys } from "@/components/useKeys";
import { Button, IconButton } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Icon } from "@/design/Icon";
import { Menu } from "@/design/Menu";
import { Toasts } from "@/design/Toast";
import { setTheme, useDark } from "@/design/theme";
import { KeyHelp } from "./KeyHelp";
import styles from "./Layout.module.css";
import { Navigation } from "./Navigation";
import { placeOf, PLACES } from "./places";

export function Layout() {
  const project = useProject();
  const inside = project.entity !== "" && project.name !== "";
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  // The drawer belongs to the page on which it was opened: going anywhere closes it.
  const [drawer, setDrawer] = useState("");
  const [help, setHelp] = useState(false);
  const go = useGo();
  useKeys([
    { keys: "?", what: "Show these keys", run: () => setHelp(true) },
    { keys: "g p", what: "Go to projects", run: () => go("/") },
    ...(inside ? PLACES.map((place) => ({ keys: place.keys, what: `Go to ${place.title.toLowerCase()}`, run: () => go(project.href(Object.keys(place.paths)[0]!)) })) : []),
  ]);
  return (
    <div className={`${styles["frame"]} ${inside ? styles["inside"] : ""}`}>
      <a
        className={styles["skip"]}
        href="#content"
        onClick={(event) => {
          // The address belongs to the view; only the focus moves.
          event.preventDefault();
          document.getElementById("content")?.focus();
        }}
      >
        Skip to content
      </a>
      {inside && (
        <aside className={styles["side"]}>
          <Link href="/" className={styles["brand"]}>
            <Mark /> Weft
          </Link>
          <Navigation />
        </aside>
      )}
      <header className={styles["top"]}>
        {inside ? (
          <span className={styles["burger"]}>
            <IconButton label="Places of the project" icon="menu" onClick={() => setDrawer(pathname)} />
          </span>
        ) : (
          <Link href="/" className={styles["brand"]}>
            <Mark /> Weft
          </Link>
        )}
        {inside && <Breadcrumb />}
        <span className="push" />
        <ThemeButton />
        <IconButton label="Keyboard shortcuts" icon="help" onClick={() => setHelp(true)} />
        <UserMenu />
      </header>
      <main id="content" className={styles["main"]} tabIndex={-1}>
        {/* Another project begins its page anew: what was typed, opened or kept belongs to the first one. */}
        <Outlet key={project.id} />
      </main>
      <Dialog open={inside && drawer === pathname} onClose={() => setDrawer("")} title="Weft" shape="drawer">
        <Navigation />
      </Dialog>
      <KeyHelp open={help} onClose={() => setHelp(false)} />
      <Toasts />
    </div>
  );
}

function Breadcrumb() {
  const project = useProject();
  const go = useGo();
  const projects = useProjects();
  const pattern = useRouterState({ select: (state): string => state.matches.at(-1)?.routeId ?? "" });
  const place = placeOf(pattern);
  const others = (projects.data ?? []).map((other) => {
    const id = `${other.entity}/${other.name}`;
    return { label: id, checked: id === project.id, onSelect: () => go(`/${encodeURIComponent(other.entity)}/${encodeURIComponent(other.name)}/weave/traces`) };
  });
  return (
    <nav aria-label="Breadcrumb" className={styles["crumbs"]}>
      <Menu
        label="Projects"
        items={[...others, "line", { label: "All projects", icon: "right", onSelect: () => go("/") }]}
        trigger={
          <Button kind="bare" aria-label={`Project ${project.id}, change`}>
            <span className="cut">
              <span className={`quiet ${styles["entity"]}`}>{project.entity} / </span>
              <strong>{project.name}</strong>
            </span>
            <Icon name="down" size={12} />
          </Button>
        }
      />
      {place && (
        <>
          <span className="quiet" aria-hidden="true">
            /
          </span>
          <Link href={project.href(Object.keys(place.paths)[0]!)} className={`cut ${styles["crumb"]}`}>
            {place.title}
          </Link>
        </>
      )}
    </nav>
  );
}

function ThemeButton() {
  const dark = useDark();
  return <IconButton label={dark ? "Light colours" : "Dark colours"} icon={dark ? "sun" : "moon"} onClick={() => setTheme(dark ? "light" : "dark")} />;
}

function UserMenu() {
  const session = useSession();
  const go = useGo();
  if (!session.data) return null;
  if (session.data.auth === "off") return null;
  if (!session.data.username) return <Link href="/authorize">Sign in</Link>;
  return (
    <Menu
      label="You"
      items={[{ label: `Signed in as ${session.data.username}`, icon: "user", onSelect: () => undefined, disabled: true }, { label: "Use another key", onSelect: () => go("/authorize") }]}
      trigger={<IconButton label={`You are ${session.data.username}`} icon="user" />}
    />
  );
}

/** Three threads, one crossing: a weft. */
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" aria-hidden="true">
      <path d="M5 2.5v15M10 2.5v4.2M10 13.3v4.2M15 2.5v15" opacity="0.45" />
      <path d="M2 10h1M7 10h6M17 10h1" />
      <path d="M2 10h16" opacity="0" />
    </svg>
  );
}
