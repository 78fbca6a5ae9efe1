import { useQuery } from "@tanstack/react-query";
import { listProjects } from "../api/session";
import { Empty, Loaded } from "../components/parts";

export function Projects() {
  const query = useQuery({ queryKey: ["projects"], queryFn: listProjects });
  return (
    <>
      <h1>Projects</h1>
      <Loaded query={query}>
        {(projects) =>
          projects.length === 0 ? (
            <FirstTrace />
          ) : (
            <ul className="cards">
              {projects.map(({ entity, name }) => (
                <li key={`${entity}/${name}`}>
                  <a href={`/${entity}/${name}/weave`}>
                    <span>{entity} /</span> <strong>{name}</strong>
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function FirstTrace() {
  return (
    <Empty title="No project yet">
      <p>Send the first trace with the official SDK:</p>
      <pre>{`export WANDB_BASE_URL=${location.origin} WANDB_API_KEY=<your key>

import weave
weave.init("my-team/my-project")
weave.op(lambda name: f"Hello, {name}")("Weft")`}</pre>
    </Empty>
  );
}
