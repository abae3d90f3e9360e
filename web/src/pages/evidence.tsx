/** One item of evidence: what it shows, what was done about bystanders, and who has touched it. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, ok, withEtag, type Schemas } from "../api/client";
import { useContent } from "../evidence/content";
import { Obscurer } from "../evidence/obscurer";
import { VideoObscuring } from "../evidence/video";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Facts, Notice, Page, Section, Server } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Failure, Loaded, Loading } from "../ui/loaded";

type Item = Schemas["EvidenceView"];
const SHOWN_BY_BROWSERS = ["image/jpeg", "image/png", "image/webp", "image/gif"];

export default function Evidence({ id }: { id: string }) {
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["evidence", id, purpose],
    queryFn: () => withEtag(api().GET("/api/evidence/{evidenceId}", { params: { path: { evidenceId: id }, query: { purpose } } })),
    // Looked at until the examination is over.
    refetchInterval: ({ state }) => (state.data?.value.state === "awaiting_upload" ? 3000 : false),
  });
  return <Loaded query={query}>{({ value, etag }) => <Whole item={value} etag={etag} />}</Loaded>;
}

function Whole({ item, etag }: { item: Item; etag: string }) {
  const { evidence: text, app } = useText();
  const { has } = useSession();
  const { dateTime, date, bytes } = useFormats();
  const [obscuring, setObscuring] = useState(false);
  const stored = item.state === "stored";
  const shows = stored && (item.kind === "image" || item.kind === "video") && !item.originalDestroyedAt && has("investigator");
  return (
    <Page title={`${text.kinds[item.kind]}${item.description ? `: ${item.description}` : ""}`} lead={<Link href={`/reports/${item.reportId}`}>{text.report}</Link>}
      actions={shows && <Button look="primary" aria-expanded={obscuring} onClick={() => setObscuring(!obscuring)}>{text.obscure}</Button>}>
      {item.refusal && <Notice tone="bad" title={text.states["refused"]!}><Server>{item.refusal.detail}</Server></Notice>}
      {stored && item.needsReview && <Notice tone="warn" title={text.needsReview} />}
      {obscuring && shows && (
        <Section title={text.obscure}>{item.kind === "video" ? <VideoObscuring item={item} /> : <Obscuring item={item} done={() => setObscuring(false)} />}</Section>
      )}
      <div className="columns">
        <div>{stored && !obscuring && <Viewer item={item} />}</div>
        <div>
          <Section title={text.title}>
            <Facts rows={[
              [app.state, <Badge key="state" tone={stored ? "good" : "info"}>{text.states[item.state]}</Badge>],
              [text.size, bytes(item.sizeBytes)],
              [text.captured, item.capturedAt && dateTime(item.capturedAt)],
              [text.uploaded, dateTime(item.requestedAt)],
              [text.reviewed, item.obscuredAt && dateTime(item.obscuredAt)],
              [text.gone, date(item.disposeAt)],
            ]} />
            {item.original && <p className="hint">{text.fingerprint}<br /><code className="hash">{item.original.sha256}</code></p>}
            <DestroyOriginal item={item} etag={etag} />
          </Section>
          {has("investigator", "privacy_officer", "auditor") && <Custody id={item.id} />}
        </div>
      </div>
    </Page>
  );
}

function Viewer({ item }: { item: Item }) {
  const { evidence: text } = useText();
  const { percent } = useFormats();
  const { purpose } = useSession();
  const [original, setOriginal] = useState(false);
  const [wanted, setWanted] = useState(item.kind === "image" || item.kind === "audio");
  const rendition = item.rendition !== null && !original;
  const content = useContent(`/api/evidence/${item.id}/content?purpose=${purpose}&rendition=${rendition}`, wanted);
  const type = (rendition ? item.rendition : item.original)?.mimeType ?? "";
  return (
    <Section title={rendition ? text.shown : text.original} actions={
      item.rendition && !item.originalDestroyedAt && <Button aria-pressed={original} onClick={() => setOriginal(!original)}>{text.original}</Button>
    }>
      {item.originalDestroyedAt && <p className="hint">{text.originalGone}</p>}
      {original && <p className="hint">{text.originalHint}</p>}
      {!wanted && <Button look="primary" onClick={() => setWanted(true)}>{text.play}</Button>}
      {content.error !== undefined ? <Failure error={content.error} /> : wanted && !content.url && (content.share > 0 ? <p role="status">{text.loaded(percent(content.share))}</p> : <Loading />)}
      {content.url && type.startsWith("image/") && SHOWN_BY_BROWSERS.includes(type) && <img className="media" src={content.url} alt={item.description ?? text.kinds["image"]!} />}
      {content.url && type.startsWith("video/") && <Video url={content.url} label={item.description ?? text.kinds["video"]!} />}
      {content.url && type.startsWith("audio/") && <Sound url={content.url} label={item.description ?? text.kinds["audio"]!} />}
      {content.url && <a className="button" href={content.url} download={`${item.id}.${type.split("/")[1]}`}>{text.download}</a>}
    </Section>
  );
}

/* Recordings of a shop have no captions to offer. */
function Video({ url, label }: { url: string; label: string }) {
  // eslint-disable-next-line jsx-a11y/media-has-caption
  return <video className="media" src={url} controls aria-label={label} />;
}

function Sound({ url, label }: { url: string; label: string }) {
  // eslint-disable-next-line jsx-a11y/media-has-caption
  return <audio src={url} controls aria-label={label} />;
}

function Obscuring({ item, done }: { item: Item; done: () => void }) {
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["evidence", item.id, "regions", purpose],
    queryFn: () => withEtag(api().GET("/api/evidence/{evidenceId}/regions", { params: { path: { evidenceId: item.id }, query: { purpose } } })),
  });
  // Regions are of the whole picture, which only the original shows; what a browser cannot show is shown as rendered.
  const original = SHOWN_BY_BROWSERS.includes(item.original?.mimeType ?? "");
  const content = useContent(`/api/evidence/${item.id}/content?purpose=${purpose}&rendition=${!original}`, true);
  if (content.error) return <Failure error={content.error} />;
  if (!content.url) return <Loading />;
  return <Loaded query={query}>{({ value, etag }) => <Obscurer key={etag} id={item.id} picture={content.url!} view={value} etag={etag || value.etag} done={done} />}</Loaded>;
}

function DestroyOriginal({ item, etag }: { item: Item; etag: string }) {
  const { evidence: text } = useText();
  const { purpose, has } = useSession();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const destroy = useMutation({
    mutationFn: () => ok(api().POST("/api/evidence/{evidenceId}/original-destruction", { params: { path: { evidenceId: item.id }, query: { purpose }, header: { "If-Match": etag } } })),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ["evidence"] });
    },
  });
  if (!item.obscuredAt || item.originalDestroyedAt || !has("investigator", "privacy_officer")) return null;
  return (
    <>
      <Button look="danger" onClick={() => setOpen(true)}>{text.destroy}</Button>
      <Dialog open={open} title={text.destroy} onClose={() => setOpen(false)}>
        <p>{text.destroyWhy}</p>
        {destroy.error && <Failure error={destroy.error} />}
        <Button look="danger" busy={destroy.isPending} onClick={() => destroy.mutate()}>{text.destroy}</Button>
      </Dialog>
    </>
  );
}

function Custody({ id }: { id: string }) {
  const { evidence: text, purposes, app } = useText();
  const { purpose, me } = useSession();
  const { dateTime } = useFormats();
  const query = useInfiniteQuery({
    queryKey: ["evidence", id, "custody", purpose],
    queryFn: ({ pageParam }) => ok(api().GET("/api/evidence/{evidenceId}/custody", { params: { path: { evidenceId: id }, query: { purpose, limit: 25, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  return (
    <Section title={text.custody}>
      <p className="hint">{text.custodyWhy}</p>
      {query.isPending ? <Loading /> : query.error ? <Failure error={query.error} retry={() => void query.refetch()} /> : (
        <ol className="timeline">
          {query.data.pages.flatMap((page) => page.entries).map((entry) => (
            <li key={entry.id}>
              <strong><Server>{entry.action}</Server></strong>
              <span className="meta">
                <time dateTime={entry.at}>{dateTime(entry.at)}</time>
                <span>{entry.actor === me.userId ? app.you : entry.actor.includes("-") ? app.somebody : <Server>{entry.actor}</Server>}</span>
                {entry.purpose && <span>{purposes[entry.purpose]}</span>}
                {entry.leafIndex !== null && <Badge tone="good">{text.sealed}</Badge>}
              </span>
            </li>
          ))}
        </ol>
      )}
      {query.hasNextPage && <Button onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </Section>
  );
}
