import { useCall } from "@/api/calls";
import { JsonView } from "@/components/JsonView";
import { Page } from "@/components/Page";
import { EmptyState, Loaded } from "@/components/States";
import { useParam, useProject } from "@/components/useProject";
import { opLabel } from "@/domain/format";

export default function Trace() {
  const project = useProject();
  const query = useCall(project.id, useParam("callId"));
  return (
    <Loaded query={query}>
      {(call) =>
        call === null ? (
          <EmptyState title="No such call">It may not have arrived yet, or it was deleted.</EmptyState>
        ) : (
          <Page title={call.display_name ?? opLabel(call.op_name)}>
            <JsonView value={{ inputs: call.inputs, output: call.output }} />
          </Page>
        )
      }
    </Loaded>
  );
}
