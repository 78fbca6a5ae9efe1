import { Empty } from "../components/parts";

export function NotFound() {
  return (
    <Empty title="There is no such page yet">
      <p>
        This place of the UI is not built. What the address names is stored and can be read through the{" "}
        <a href="/weft/docs">API</a>.
      </p>
    </Empty>
  );
}
