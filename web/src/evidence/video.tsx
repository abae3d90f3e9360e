/** Bystanders in a video: how far the work on it is, and where a person decides what is painted over, and when. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Button, Notice, Server } from "../ui/basics";
import { Failure, Loaded } from "../ui/loaded";
import { VideoEditor, type Decision } from "./video-editor";

type View = Schemas["VideoView"];
const WORKING: readonly View["stage"][] = ["looking", "rendering"];
const LOOK_EVERY_MS = 1500;

export function VideoObscuring({ item }: { item: Schemas["EvidenceView"] }) {
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["evidence", item.id, "video", purpose],
    queryFn: () => withEtag(api().GET("/api/evidence/{evidenceId}/video", { params: { path: { evidenceId: item.id }, query: { purpose } } })),
    refetchInterval: ({ state }) => (state.data && WORKING.includes(state.data.value.stage) ? LOOK_EVERY_MS : false),
    staleTime: 0,
  });
  return <Loaded query={query}>{({ value }) => <Stage item={item} view={value} />}</Loaded>;
}

function Stage({ item, view }: { item: Schemas["EvidenceView"]; view: View }) {
  const { video: text } = useText();
  const { purpose } = useSession();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const params = { path: { evidenceId: item.id }, query: { purpose }, header: { "If-Match": view.etag } };
  const refresh = () => queries.invalidateQueries({ queryKey: ["evidence"] });
  const look = useMutation({ mutationFn: () => withEtag(api().POST("/api/evidence/{evidenceId}/video/suggestions", { params })), onSuccess: refresh });
  const cancel = useMutation({
    mutationFn: () => withEtag(api().POST("/api/evidence/{evidenceId}/video/cancellation", { params })),
    onSuccess: async () => {
      announce(text.cancelled);
      await refresh();
    },
  });
  const decide = useMutation({
    mutationFn: (body: Decision) =>
      withEtag(api().PUT("/api/evidence/{evidenceId}/video", { params, body: { ...body, method: "fill", checkedPlatesAndScreens: true } })),
    onSuccess: async () => {
      announce(text.began);
      await refresh();
    },
  });
  const working = WORKING.includes(view.stage);
  const looked = view.tracks.length > 0 || view.seconds !== null;
  return (
    <div className="stack">
      <p>{text.lead}</p>
      <Notice tone={view.stage === "failed" ? "bad" : view.stage === "done" ? "good" : view.needsReview ? "warn" : "info"} role="status" title={text.stages[view.stage]!}>
        {view.failure && <p><Server>{view.failure.detail}</Server></p>}
        {!working && view.needsReview && <p>{text.waits}</p>}
        {working && <p>{text.leaveIt}</p>}
      </Notice>
      {working && <Progress percent={view.percent} label={text.stages[view.stage]!} />}
      {working ? <Button busy={cancel.isPending} onClick={() => cancel.mutate()}>{text.cancel}</Button> : (
        <div>
          <Button look={looked ? "plain" : "primary"} busy={look.isPending} onClick={() => look.mutate()}>{looked ? text.lookAgain : text.look}</Button>
          <p className="hint">{looked ? text.lookAgainWhy : text.lookWhy}</p>
        </div>
      )}
      {(look.error ?? cancel.error) && <Failure error={look.error ?? cancel.error} retry={() => void refresh()} />}
      {!working && <VideoEditor key={view.etag} item={item} view={view} save={(decision) => decide.mutate(decision)} saving={decide.isPending} failed={decide.error && <Failure error={decide.error} retry={() => void refresh()} />} />}
    </div>
  );
}

/** In words and as a bar; read out only when the words change, not at every percent. */
function Progress({ percent, label }: { percent: number; label: string }) {
  const { video: text } = useText();
  const formats = useFormats();
  const [id] = useState(() => crypto.randomUUID());
  return (
    <div className="upload">
      <label htmlFor={id}><span className="sr">{label} </span>{text.under(formats.percent(percent / 100))}</label>
      <progress id={id} value={percent} max={100} />
    </div>
  );
}
