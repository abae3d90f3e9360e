/** Totals of the past, rounded; where a number would tell too much about few, it is not told and said so. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "../api/client";
import { useText } from "../i18n";
import { Seasons, Sites } from "../insights/beside";
import { Table, type View } from "../insights/table";
import { Page } from "../ui/basics";
import { Select } from "../ui/form";
import { Loaded } from "../ui/loaded";
import { Tabs } from "../ui/tabs";

const TABLES: View["view"][] = ["month_by_type", "month_by_region", "region_by_type", "type_by_value", "type_by_hour", "product_by_quarter", "site_by_quarter"];

export default function Insights() {
  const { insights: text, patterns, nav } = useText();
  const [tab, setTab] = useState("tables");
  const [communityId, setCommunityId] = useState("");
  const communities = useQuery({ queryKey: ["communities"], queryFn: () => ok(api().GET("/api/communities")) });
  const joined = communities.data?.communities.filter((each) => each.state === "joined") ?? [];
  const tabs = [
    { id: "tables", title: patterns.tables, content: () => <Tables communityId={communityId} /> },
    { id: "week", title: patterns.week, content: () => <Totals view="weekday_by_hour" communityId={communityId} bars={false} /> },
    { id: "seasons", title: patterns.seasonsTab, content: () => <Seasons communityId={communityId} /> },
    { id: "sites", title: patterns.sitesTab, content: () => <Sites /> },
  ];
  return (
    <Page title={nav.insights} lead={text.lead}>
      {tab !== "sites" && (
        <div className="filters"><Select label={text.of} value={communityId} onChange={(event) => setCommunityId(event.target.value)} options={[["", text.own], ...joined.map(({ id, name }) => [id, name] as const)]} /></div>
      )}
      <Tabs label={nav.insights} tabs={tabs} selected={tab} onSelect={setTab} />
    </Page>
  );
}

function Tables({ communityId }: { communityId: string }) {
  const { insights: text, patterns } = useText();
  const [view, setView] = useState<View["view"]>("month_by_type");
  const views = TABLES.filter((each) => !(communityId && each === "site_by_quarter"));
  const shown = views.includes(view) ? view : views[0]!;
  return (
    <>
      <div className="filters"><Select label={text.view} value={shown} onChange={(event) => setView(event.target.value as View["view"])} options={views.map((each) => [each, text.views[each] ?? patterns.views[each]!])} /></div>
      <Totals view={shown} communityId={communityId} />
    </>
  );
}

function Totals({ view, communityId, bars = true }: { view: View["view"]; communityId: string; bars?: boolean }) {
  const query = useQuery({
    queryKey: ["insights", view, communityId],
    queryFn: () => ok(api().GET("/api/insights", { params: { query: { purpose: "RESEARCH", view, ...(communityId && { communityId }) } } })),
  });
  return <Loaded query={query}>{(found) => <Table found={found} bars={bars} />}</Loaded>;
}
