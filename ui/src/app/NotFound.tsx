import { Link } from "@/components/Link";
import { Page } from "@/components/Page";
import { EmptyState } from "@/components/States";

export function NotFound() {
  return (
    <Page title="Not found" heading={<span className="hidden">Not found</span>}>
      <EmptyState title="There is no such page" icon="search">
        What the address names may be stored all the same: it can be read through the <Link href="/weft/docs">API</Link>. Or go to{" "}
        <Link href="/">all projects</Link>.
      </EmptyState>
    </Page>
  );
}
