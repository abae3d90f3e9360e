/** A player without a browser's own buttons: what is drawn over the picture follows it picture by picture. */
import { useEffect, useRef, useState, type RefObject } from "react";
import { useText } from "../i18n";
import { Button } from "../ui/basics";
import { Select } from "../ui/form";
import { clock, watched } from "./tracks";

const PICTURE_SECONDS = 0.04;
const SPEEDS = ["0.25", "0.5", "1", "2"];

export interface Player {
  video: RefObject<HTMLVideoElement | null>;
  at: number;
  seconds: number;
  playing: boolean;
  watched: number;
  seek: (seconds: number) => void;
  pause: () => void;
  toggle: () => void;
}

/** @param known how long the video is, where somebody has looked already; a player's word is taken else */
export function usePlayer(known: number | null): Player {
  const video = useRef<HTMLVideoElement>(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [length, setLength] = useState(known ?? 0);
  const [share, setShare] = useState(0);
  const seconds = known ?? length;
  useEffect(() => {
    const player = video.current;
    if (!player) return;
    let frame = 0;
    const follow = () => {
      setAt(player.currentTime);
      if (!player.paused) frame = requestAnimationFrame(follow);
    };
    const turned = () => {
      setPlaying(!player.paused);
      cancelAnimationFrame(frame);
      follow();
      if (Number.isFinite(player.duration)) {
        setLength(player.duration);
        setShare(watched(player.played, player.duration));
      }
    };
    const happens = ["play", "pause", "ended", "seeked", "loadedmetadata"];
    for (const each of happens) player.addEventListener(each, turned);
    return () => {
      cancelAnimationFrame(frame);
      for (const each of happens) player.removeEventListener(each, turned);
    };
  }, []);
  const pause = () => video.current?.pause();
  return {
    video, at, seconds, playing, watched: share, pause,
    seek: (to) => {
      pause();
      const moment = Math.min(Math.max(0, to), seconds);
      setAt(moment);
      if (video.current) video.current.currentTime = moment;
    },
    toggle: () => (video.current?.paused ? void video.current.play().catch(() => undefined) : pause()),
  };
}

export function Controls({ player }: { player: Player }) {
  const { video: text } = useText();
  const [speed, setSpeed] = useState("1");
  const { at, seconds, playing, seek, toggle } = player;
  return (
    <div className="controls">
      <Button onClick={toggle}>{playing ? text.pause : text.play}</Button>
      <Button onClick={() => seek(at - 1)}>{text.back}</Button>
      <Button onClick={() => seek(at + PICTURE_SECONDS)}>{text.step}</Button>
      <Select
        label={text.speed}
        value={speed}
        onChange={(event) => {
          setSpeed(event.target.value);
          if (player.video.current) player.video.current.playbackRate = Number(event.target.value);
        }}
        options={SPEEDS.map((each) => [each, `${each} ×`])}
      />
      <span className="clock">{clock(at)} / {clock(seconds)}</span>
    </div>
  );
}
