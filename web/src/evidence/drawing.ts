/** Drawing, moving and sizing regions on a picture with a pointer or a finger. */
import { useRef, useState, type PointerEvent } from "react";
import { between, type Place, type Point } from "./regions";

interface Drag {
  from: Point;
  to: Point;
  /** Which region is held, and what is done to it; none: one is drawn. */
  held?: { index: number; by: "place" | "corner" };
}

interface Handlers {
  /** In shares of the picture, since the last call. */
  move: (index: number, dx: number, dy: number) => void;
  size: (index: number, dx: number, dy: number) => void;
  draw: (place: Place) => void;
}

export function useDrawing({ move, size, draw }: Handlers) {
  const frame = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<Drag>();
  const place = (event: PointerEvent): Point => {
    const box = frame.current!.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };
  const begin = (event: PointerEvent, index?: number) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    frame.current!.setPointerCapture(event.pointerId);
    const from = place(event);
    const by = (event.target as HTMLElement).hasAttribute("data-corner") ? "corner" : "place";
    setDrag({ from, to: from, ...(index !== undefined && { held: { index, by } }) });
  };
  const go = (event: PointerEvent) => {
    if (!drag) return;
    const to = place(event);
    if (drag.held) (drag.held.by === "corner" ? size : move)(drag.held.index, to.x - drag.to.x, to.y - drag.to.y);
    setDrag({ ...drag, to });
  };
  const end = () => {
    const made = drag && !drag.held ? between(drag.from, drag.to) : undefined;
    if (made) draw(made);
    setDrag(undefined);
  };
  return {
    begin,
    /** What is being drawn. */
    shown: drag && !drag.held ? between(drag.from, drag.to) : undefined,
    canvas: { ref: frame, onPointerDown: (event: PointerEvent) => begin(event), onPointerMove: go, onPointerUp: end, onPointerCancel: () => setDrag(undefined) },
    /** The region that was made last, for the keyboard. */
    focusLast: () => requestAnimationFrame(() => [...(frame.current?.querySelectorAll<HTMLElement>("[data-region]") ?? [])].at(-1)?.focus()),
  };
}

export const percentages = ({ x, y, width, height }: Place) => ({ left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
