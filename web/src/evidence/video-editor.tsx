/** Regions over time: with a pointer, a finger or the keyboard alone. */
import { useCallback, useEffect, useState, type KeyboardEvent, type ReactNode } from "react";
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Notice } from "../ui/basics";
import { Checkbox, Choices, Select, TextField } from "../ui/form";
import { Failure, Loading } from "../ui/loaded";
import { useContent } from "./content";
import { percentages, useDrawing } from "./drawing";
import { Controls, usePlayer, type Player } from "./player";
import { moved, resized, type Place } from "./regions";
import { TimeLine, tone, useTrackName } from "./time-line";
import { SHORTEST, afterKey, begins, changed, drawn, ending, ends, nextUnclear, placeAt, starting, unclear, undecided, type Reach, type Track } from "./tracks";

type View = Schemas["VideoView"];
export type Decision = Pick<Schemas["VideoForm"], "tracks" | "keepSound">;
type Look = "before" | "after" | "saved";

interface Props {
  item: Schemas["EvidenceView"];
  view: View;
  save: (decision: Decision) => void;
  saving: boolean;
  failed: ReactNode;
}

export function VideoEditor(props: Props) {
  const { evidence: text, video } = useText();
  const { purpose } = useSession();
  const { percent } = useFormats();
  const [wanted, setWanted] = useState(props.view.needsReview);
  const [broken, setBroken] = useState(false);
  // Regions are of the whole picture, which the original shows; what no browser plays is shown as it was saved.
  const content = useContent(`/api/evidence/${props.item.id}/content?purpose=${purpose}&rendition=${broken}`, wanted && !(broken && !props.view.rendition));
  if (!wanted) return <Button look="primary" onClick={() => setWanted(true)}>{text.play}</Button>;
  if (content.error !== undefined) return <Failure error={content.error} />;
  const unplayable = broken && <Notice tone="warn" role="alert" title={video.unplayable}><p>{video.unplayableWhy}</p></Notice>;
  if (broken && !props.view.rendition) return <>{unplayable}<Editor {...props} broken={() => undefined} /></>;
  if (!content.url) return content.share > 0 ? <p role="status">{text.loaded(percent(content.share))}</p> : <Loading />;
  return <>{unplayable}<Editor {...props} key={content.url} url={content.url} broken={() => setBroken(true)} /></>;
}

interface Step {
  tracks: Track[];
  /** What was done: the same again is one step, so that a region that was dragged goes back as a whole. */
  by?: string | undefined;
}

/** What was done, and what before it: any step can be taken back. */
function useSteps(first: Track[]) {
  const [steps, setSteps] = useState<readonly Step[]>([{ tracks: first }]);
  const change = (next: (tracks: Track[]) => Track[], by?: string) =>
    setSteps((all) => {
      const last = all.at(-1)!;
      return [...(by && last.by === by ? all.slice(0, -1) : all), { tracks: next(last.tracks), by }];
    });
  return { tracks: steps.at(-1)!.tracks, change, undo: steps.length > 1 ? () => setSteps((all) => all.slice(0, -1)) : undefined };
}

/** Decisions of half an hour are not lost by a wrong key: the browser asks before it leaves. */
function useUnsaved(unsaved: boolean) {
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [unsaved]);
}

function Editor({ item, view, save, saving, failed, url, broken }: Props & { url?: string; broken: () => void }) {
  const { video: text, obscuring } = useText();
  const { percent } = useFormats();
  const player = usePlayer(view.seconds);
  const { tracks, change, undo } = useSteps(view.tracks);
  const [selected, setSelected] = useState<number>();
  const [look, setLook] = useState<Look>("before");
  const [reach, setReach] = useState<Reach>("moment");
  const [checked, setChecked] = useState(false);
  const [keepSound, setKeepSound] = useState(view.keepSound);
  const { at, seek } = player;
  useUnsaved(undo !== undefined && !saving);
  const put = (index: number, track: Track, by?: string) => change((all) => all.map((each, place) => (place === index ? track : each)), by);
  const remove = (index: number) => {
    setSelected(undefined);
    change((all) => all.filter((_, place) => place !== index));
  };
  const alter = (index: number, alteration: (place: Place) => Place) => {
    player.pause();
    setSelected(index);
    put(index, changed(tracks[index]!, at, reach, alteration), `alter ${index} ${at}`);
  };
  const draw = (place: Place) => {
    player.pause();
    setSelected(tracks.length);
    change((all) => [...all, drawn(place, at, player.seconds)]);
  };
  const { begin, shown, canvas, focusLast } = useDrawing({
    draw,
    move: (index, dx, dy) => alter(index, (place) => moved(place, dx, dy)),
    size: (index, dx, dy) => alter(index, (place) => resized(place, dx, dy)),
  });
  const select = useCallback((index: number) => {
    setSelected(index);
    seek(begins(tracks[index]!));
    // What is selected by its bar is shown where it begins; the player's own functions are new each time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tracks]);
  const next = tracks.findIndex((track) => track.obscured == null);
  const doubtful = unclear(tracks);
  return (
    <div className="obscurer video">
      <p className="hint" id="video-keys">{text.keys}</p>
      <div className="switch" role="group" aria-label={obscuring.title}>
        {(["before", "after", ...(view.rendition ? ["saved" as const] : [])] as Look[]).map((each) => (
          <Button key={each} aria-pressed={look === each} onClick={() => setLook(each)}>{text[each]}</Button>
        ))}
      </div>
      {look === "saved" ? <Saved item={item} /> : (
        <div className="work">
          <div className="stack">
          <div {...canvas} className={`canvas ${look} ${url ? "" : "blind"}`} role="group" aria-label={text.player}>
            {/* Recordings of a shop have no captions to offer. */}
            {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
            <video ref={player.video} src={url} onError={broken} playsInline />
            {tracks.map((track, index) => <Region key={index} {...{ track, index, at, begin, selected: selected === index }}
              act={(key, shift) => {
                const after = afterKey(track, key, shift, at, reach);
                if (after === undefined) return false;
                player.pause();
                if (after === "removed") remove(index);
                else put(index, after, key.startsWith("Arrow") ? `alter ${index} ${at}` : undefined);
                return true;
              }}
              select={() => setSelected(index)} />)}
            {shown && <div className="region painted" style={percentages(shown)} />}
          </div>
          <Controls player={player} />
          <TimeLine {...{ tracks, selected, select, player }} />
            <div className="actions">
              <Button onClick={() => { draw({ x: 0.4, y: 0.4, width: 0.2, height: 0.2 }); focusLast(); }}>{obscuring.draw}</Button>
              {next >= 0 && <Button onClick={() => select(next)}>{text.next}</Button>}
              {doubtful.length > 0 && <Button onClick={() => {
                const there = nextUnclear(doubtful, at)!;
                setSelected(there.index);
                seek(there.at);
              }}>{text.nextUnclear(doubtful.length)}</Button>}
              {next >= 0 && <Button onClick={() => change((all) => all.map((track) => ({ ...track, obscured: track.obscured ?? true })))}>{text.paintAll}</Button>}
              {undo && <Button look="quiet" onClick={() => { setSelected(undefined); undo(); }}>{text.undo}</Button>}
            </div>
          </div>
          <div>
            {selected !== undefined && tracks[selected] ? (
              <Chosen key={selected} track={tracks[selected]} index={selected} put={(track) => put(selected, track)} remove={() => remove(selected)} player={player} reach={reach} setReach={setReach} />
            ) : <p className="hint">{tracks.length === 0 ? text.noTracks : text.noneChosen}</p>}
          </div>
        </div>
      )}
      <fieldset className="group">
        <legend>{text.soundTitle}</legend>
        {view.sound === false ? <p>{text.noSound}</p> : (
          <>
            <p className="hint">{text.soundWhy}</p>
            <Checkbox label={text.keepSound} checked={keepSound} onChange={(event) => setKeepSound(event.target.checked)} />
          </>
        )}
      </fieldset>
      <Checkbox label={text.checked} hint={text.watchedShare(percent(player.watched))} checked={checked} onChange={(event) => setChecked(event.target.checked)} />
      {undecided(tracks) > 0 && <p role="status">{obscuring.open(undecided(tracks))}</p>}
      {failed}
      <Button look="primary" disabled={undecided(tracks) > 0 || !checked} busy={saving} onClick={() => save({ tracks, keepSound })}>{text.save}</Button>
      <p className="hint">{obscuring.again}</p>
    </div>
  );
}

/** A region where it is at this moment, if it is anywhere. */
function Region({ track, index, at, begin, selected, act, select }: {
  track: Track; index: number; at: number; selected: boolean; select: () => void;
  begin: ReturnType<typeof useDrawing>["begin"]; act: (key: string, shift: boolean) => boolean;
}) {
  const nameOf = useTrackName();
  const place = placeAt(track, at);
  if (!place) return null;
  return (
    <button
      type="button"
      data-region
      className={`region ${tone(track)} ${selected ? "selected" : ""}`}
      style={percentages(place)}
      aria-label={nameOf(track, index)}
      aria-describedby="video-keys"
      onFocus={select}
      onPointerDown={(event) => begin(event, index)}
      onKeyDown={(event: KeyboardEvent) => act(event.key, event.shiftKey) && event.preventDefault()}
    >
      <span aria-hidden="true">{index + 1}</span>
      <i aria-hidden="true" data-corner />
    </button>
  );
}

/** Everything about one region, also for those who do not draw. */
function Chosen({ track, index, put, remove, player, reach, setReach }: {
  track: Track; index: number; put: (track: Track) => void; remove: () => void; player: Player; reach: Reach; setReach: (reach: Reach) => void;
}) {
  const { video: text, obscuring, app } = useText();
  const { percent } = useFormats();
  const away = placeAt(track, player.at) === undefined;
  return (
    <section className="group" aria-label={obscuring.region(index + 1)}>
      <p>
        <strong>{obscuring.region(index + 1)}</strong> <Badge>{track.origin === "suggested" ? obscuring.suggested : obscuring.drawn}</Badge>{" "}
        {track.confidence != null && <span className="hint">{obscuring.sure(percent(track.confidence))}</span>}
      </p>
      {(track.unclear ?? []).filter(({ begin, end }) => begin <= player.at + SHORTEST && player.at <= end).map(({ why }) => <p key={why} role="status">{text.unclear[why]}</p>)}
      {away && <p>{text.elsewhere} <Button look="quiet" onClick={() => player.seek(begins(track))}>{text.goThere}</Button></p>}
      <Choices
        legend={`${obscuring.region(index + 1)}: ${track.obscured == null ? obscuring.undecided : track.obscured ? obscuring.paint : obscuring.leave}`}
        name={`track-${index}`}
        options={[["true", obscuring.paint], ["false", obscuring.leave]]}
        value={track.obscured == null ? "" : String(track.obscured)}
        onChange={(value) => put({ ...track, obscured: value === "true" })}
      />
      <div className="line">
        <Select label={app.what} value={track.what ?? "face"} options={Object.entries(obscuring.whats)} onChange={(event) => put({ ...track, what: event.target.value as NonNullable<Track["what"]> })} />
        <Seconds label={text.from} value={begins(track)} set={(seconds) => put(starting(track, seconds))} most={player.seconds} />
        <Seconds label={text.to} value={ends(track)} set={(seconds) => put(ending(track, seconds))} most={player.seconds} />
      </div>
      <div className="actions">
        <Button onClick={() => put(starting(track, player.at))}>{text.startsHere}</Button>
        <Button onClick={() => put(ending(track, player.at))}>{text.endsHere}</Button>
        {track.origin === "drawn" && <Button look="quiet" onClick={remove}>{app.remove}</Button>}
      </div>
      <Choices legend={text.reach} name="reach" options={Object.entries(text.reaches)} value={reach} onChange={(value) => setReach(value as Reach)} hint={text.reachHint} />
      {track.origin === "drawn" && <p className="hint">{text.drawnHint}</p>}
    </section>
  );
}

/** Takes hold when the field is left, so that half a number moves nothing. */
function Seconds({ label, value, set, most }: { label: string; value: number; set: (seconds: number) => void; most: number }) {
  const [typed, setTyped] = useState<string>();
  const take = () => {
    const seconds = Number(typed);
    if (typed?.trim() && Number.isFinite(seconds)) set(Math.min(Math.max(0, seconds), most));
    setTyped(undefined);
  };
  return <TextField label={label} type="number" step={0.1} min={0} max={most} value={typed ?? value.toFixed(1)} onChange={(event) => setTyped(event.target.value)} onBlur={take} onKeyDown={(event) => event.key === "Enter" && take()} />;
}

/** The rendition as it is stored. */
function Saved({ item }: { item: Schemas["EvidenceView"] }) {
  const { video: text } = useText();
  const { purpose } = useSession();
  const content = useContent(`/api/evidence/${item.id}/content?purpose=${purpose}&rendition=true`, true);
  if (content.error !== undefined) return <Failure error={content.error} />;
  if (!content.url) return <Loading />;
  return (
    <>
      <p className="hint">{text.savedWhy}</p>
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <video className="media" src={content.url} controls playsInline aria-label={text.saved} />
    </>
  );
}
