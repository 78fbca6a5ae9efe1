/** Compare evaluation runs: those that the address names, or a list to choose them from. */
import { useMemo } from "react";
import { Page } from "@/components/Page";
import { useUrlState } from "@/components/useUrlState";
import { Button } from "@/design/Button";
import { counted } from "@/domain/format";
import styles from "./Compare.module.css";
import { Comparison } from "./Comparison";
import { RunPicker } from "./RunPicker";
import { LEAST, MOST, runsOf, viewOf } from "./view";

export default function Compare() {
  const url = useUrlState();
  const view = useMemo(() => viewOf(url.get, url.all("m")), [url]);
  const count = view.compared.runs.length;
  return count >= LEAST && count <= MOST ? <Comparison compared={view.compared} wanted={view.rows} /> : <Choose />;
}

/** What is chosen but not yet compared is in the address as `pick`. */
function Choose() {
  const url = useUrlState();
  const picked = useMemo(() => runsOf(url.get("pick") || url.get("runs")), [url]);
  const fits = picked.length >= LEAST && picked.length <= MOST;
  const problem = picked.length > MOST ? `${MOST} at most: take ${picked.length - MOST} away` : picked.length === 1 ? "and one more at least" : "";
  return (
    <Page
      title="Compare"
      fill
      facts={<span>Choose {LEAST} to {MOST} evaluation runs. The first is the baseline; that can be changed.</span>}
      actions={
        <>
          {picked.length > 0 && (
            <span className={picked.length > MOST ? styles["too-many"] : "quiet"} role="status">
              {counted(picked.length, "run")} chosen{problem && `, ${problem}`}
            </span>
          )}
          <Button kind="primary" icon="compare" disabled={!fits} onClick={() => url.set({ runs: picked.join(","), pick: null, evaluation: null })}>
            Compare
          </Button>
        </>
      }
    >
      <RunPicker fill selected={picked} onChange={(runs) => url.set({ pick: runs.join(","), runs: null }, true)} evaluation={url.get("evaluation")}
        onEvaluation={(evaluation) => url.set({ evaluation })} />
    </Page>
  );
}
