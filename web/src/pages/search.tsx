/** Searching reports, people, vehicles, cases and evidence; each search is remembered, sealed. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "../api/client";
import { useText } from "../i18n";
import { Facets } from "../searching/facets";
import { asked, EMPTY, SearchForm, type Form, type Sought } from "../searching/form";
import { Found } from "../searching/found";
import { KeepSearch, KeptSearches } from "../searching/kept";
import { useSession } from "../session/session";
import { Notice, Page } from "../ui/basics";
import { Loaded } from "../ui/loaded";

/** What was sought last, for whoever comes back from a report. In memory only: what is sought can be personal data. */
let kept: { form: Form; sought: Sought | undefined } = { form: EMPTY, sought: undefined };
const FRESH_MS = 5 * 60_000;

export default function Search() {
  const { search: text, nav } = useText();
  const { purpose } = useSession();
  const [state, setState] = useState(kept);
  const change = (next: typeof kept) => {
    kept = next;
    setState(next);
  };
  const { form, sought } = state;
  const narrow = (part: Partial<Form>) => change({ form: { ...form, ...part }, sought: asked({ ...form, ...part }) });
  const query = useQuery({
    queryKey: ["search", sought, purpose],
    queryFn: () => ok(api().POST("/api/search", { params: { query: { purpose } }, body: { ...sought, facets: !sought?.kinds || sought.kinds.includes("report") } })),
    enabled: sought !== undefined,
    staleTime: FRESH_MS,
  });
  return (
    <Page title={nav.search} lead={text.lead}>
      <SearchForm form={form} set={(part) => change({ form: { ...form, ...part }, sought })} search={() => narrow({})} clear={() => change({ form: EMPTY, sought: undefined })} busy={query.isFetching} />
      {sought && <KeepSearch key={JSON.stringify(sought)} sought={sought} />}
      <KeptSearches run={(kept) => change({ form: EMPTY, sought: kept })} />
      {!sought ? <Notice tone="info">{text.remembered}</Notice> : (
        <Loaded query={query}>
          {(answer) => (
            <div className={answer.facets && answer.facets.counted > 0 ? "with-facets" : ""}>
              {answer.facets && answer.facets.counted > 0 && <Facets facets={answer.facets} form={form} narrow={narrow} />}
              <div><Found key={JSON.stringify(sought)} answer={answer} sought={sought} only={(siteId) => narrow({ siteIds: [siteId] })} /></div>
            </div>
          )}
        </Loaded>
      )}
    </Page>
  );
}
