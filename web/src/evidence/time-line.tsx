/** When each region is there: one bar each, under the place in the video. */
import { memo } from "react";
import { useText } from "../i18n";
import type { Player } from "./player";
import { begins, clock, ends, type Track } from "./tracks";

export const tone = (track: Track): string => (track.obscured == null ? "open" : track.obscured ? "painted" : "visible");

export function useTrackName() {
  const { obscuring } = useText();
  return (track: Track, index: number) =>
    `${obscuring.region(index + 1)}: ${obscuring.whats[track.what ?? "face"]}, ${track.obscured == null ? obscuring.undecided : track.obscured ? obscuring.paint : obscuring.leave}`;
}

export function TimeLine({ tracks, selected, select, player }: {
  tracks: readonly Track[]; selected: number | undefined; select: (index: number) => void; player: Player;
}) {
  const { video: text } = useText();
  const { at, seconds, seek } = player;
  return (
    <div className="time-line">
      <input type="range" min={0} max={seconds || 1} step={0.04} value={at} aria-label={text.at} aria-valuetext={clock(at)} onChange={(event) => seek(Number(event.target.value))} />
      <div className="lanes of-regions">
        <Lanes tracks={tracks} selected={selected} select={select} seconds={seconds} />
        {tracks.length > 0 && <div className="cursor" style={{ left: `${(100 * at) / (seconds || 1)}%` }} />}
      </div>
    </div>
  );
}

/** Made anew when a region changes, not with every picture that is played. */
const Lanes = memo(function Lanes({ tracks, selected, select, seconds }: {
  tracks: readonly Track[]; selected: number | undefined; select: (index: number) => void; seconds: number;
}) {
  const { video: text } = useText();
  const nameOf = useTrackName();
  const share = (value: number) => Math.min(100, (100 * value) / (seconds || 1));
  return (
    <ol aria-label={text.timeLine}>
      {tracks.map((track, index) => (
        <li key={index}>
          <button
            type="button"
            className={`bar ${tone(track)}`}
            aria-pressed={selected === index}
            aria-label={text.bar(nameOf(track, index), clock(begins(track)), clock(ends(track)))}
            style={{ left: `${share(begins(track))}%`, width: `${share(ends(track)) - share(begins(track))}%` }}
            onClick={() => select(index)}
          >
            <span aria-hidden="true">{index + 1}</span>
          </button>
        </li>
      ))}
    </ol>
  );
});
