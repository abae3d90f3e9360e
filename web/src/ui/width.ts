/** How wide an element is, in CSS pixels, whenever that changes: for what is drawn to fit. */
import { useLayoutEffect, useRef, useState } from "react";

export function useWidth<E extends Element>(first: number) {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.round(entry.contentRect.width))));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}
