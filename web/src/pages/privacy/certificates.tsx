/** The signed certificates of what was forgotten. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { Empty } from "../../ui/basics";
import { Failure, Loading, Rest } from "../../ui/loaded";
import { useCategories } from "./periods";

export function Certificates() {
  const { privacy: text } = useText();
  const { dateTime } = useFormats();
  const named = useCategories();
  const query = useInfiniteQuery({
    queryKey: ["certificates"],
    queryFn: ({ pageParam }) => ok(api().GET("/api/retention/certificates", { params: { query: { limit: 25, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.certificates) ?? [];
  return (
    <>
      <p className="hint">{text.certificatesWhy}</p>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} /> : found.length === 0 ? <Empty title={text.noCertificates}>{text.noCertificatesWhy}</Empty> : (
        <ul className="cards">
          {found.map((each) => (
            <li key={each.id} className="row-card">
              <div className="row-main">
                <h2>{named(each.category)}</h2>
                <p className="meta"><time dateTime={each.disposedAt}>{dateTime(each.disposedAt)}</time><code>{each.subject}</code></p>
                <details><summary>{text.certificate}</summary><pre lang="en" className="note">{each.note}</pre></details>
              </div>
            </li>
          ))}
        </ul>
      )}
      <Rest query={query} shown={found.length} button />
    </>
  );
}
