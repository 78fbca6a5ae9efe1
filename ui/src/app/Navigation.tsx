/** The places of the project, in groups. */
import { useRouterState } from "@tanstack/react-router";
import { Link } from "@/components/Link";
import { useProject } from "@/components/useProject";
import { Icon } from "@/design/Icon";
import styles from "./Layout.module.css";
import { placeOf, PLACES } from "./places";

export function Navigation() {
  const project = useProject();
  const pattern = useRouterState({ select: (state): string => state.matches.at(-1)?.routeId ?? "" });
  const current = placeOf(pattern);
  const groups = [...new Set(PLACES.map((place) => place.group))];
  return (
    <nav aria-label="Places of the project" className={styles["nav"]}>
      {groups.map((group) => (
        <div key={group}>
          <h2 className={styles["group"]}>{group}</h2>
          <ul>
            {PLACES.filter((place) => place.group === group).map((place) => (
              <li key={place.title}>
                <Link href={project.href(Object.keys(place.paths)[0]!)} className={styles["place"]} aria-current={place === current ? "page" : undefined}>
                  <Icon name={place.icon} />
                  {place.title}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div className={styles["foot"]}>
        <Link href="/weft/docs" className={styles["place"]}>
          <Icon name="code" />
          API
        </Link>
      </div>
    </nav>
  );
}
