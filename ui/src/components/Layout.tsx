/** The frame of every page: where one is, and the places of the project. */
import { Link, Outlet, useParams } from "@tanstack/react-router";

const PLACES = [
  ["traces", "Traces"],
  ["evaluations", "Evaluations"],
  ["scoring", "Scoring"],
  ["objects", "Objects"],
] as const;

export function Layout() {
  const { entity, project } = useParams({ strict: false }) as { entity?: string; project?: string };
  return (
    <>
      <header>
        <Link to="/" className="brand">
          Weft
        </Link>
        {entity && project && (
          <>
            <span className="where">
              {entity} / {project}
            </span>
            <nav aria-label="Places of the project">
              {PLACES.map(([place, title]) => (
                <a key={place} href={`/${entity}/${project}/weave/${place}`}>
                  {title}
                </a>
              ))}
            </nav>
          </>
        )}
      </header>
      <main>
        <Outlet />
      </main>
    </>
  );
}
