/** Why the call was scored, or was not: what was asked for, and what each monitor decided. */
import { type Call } from "@/api/calls";
import { useExplanation } from "@/api/scoring";
import { Link } from "@/components/Link";
import { ScoringExplanation } from "@/components/ScoringExplanation";
import { Loaded } from "@/components/States";
import { useProject } from "@/components/useProject";

export function ScoringTab({ call }: { call: Call }) {
  const project = useProject();
  const query = useExplanation(project.id, call.id);
  return (
    <Loaded query={query}>
      {(found) => (
        <div className="stack">
          <ScoringExplanation found={found} />
          <p className="row quiet small">
            <Link href={project.href(`weave/scoring/explain?call=${encodeURIComponent(call.id)}`)}>This on a page of its own</Link>
            <Link href={project.href("weave/scoring")}>All scoring of this project</Link>
          </p>
        </div>
      )}
    </Loaded>
  );
}
