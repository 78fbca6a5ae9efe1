/** What a ref points at, as if it stood where the ref stands, with a link to where it comes from. */
import { useRefValue } from "@/api/refs";
import { Skeleton } from "./States";
import { JsonView } from "./JsonView";
import { JsonScalar } from "./JsonScalar";
import { RefLink } from "./Values";
import { refInShort } from "@/domain/refs";

export function RefValue({ value, search }: { value: string; search?: string }) {
  const found = useRefValue(value);
  if (found.isPending) return <Skeleton lines={1} />;
  const known = found.data;
  const link = <RefLink value={value} label={refInShort(value) ?? value} />;
  if (known === null || known === undefined) return link;
  return (
    <>
      {typeof known === "object" ? <JsonView value={known} levels={1} search={search} /> : <JsonScalar value={known} search={search} />}
      <div className="small">from {link}</div>
    </>
  );
}
