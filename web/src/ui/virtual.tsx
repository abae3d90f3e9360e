/** A long list of which only what is in sight exists; asks for more when its end comes near. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";

export function LongList<T>({ items, keyOf, label, estimate, children, onEnd }: {
  items: readonly T[]; keyOf: (item: T) => string; label: string; estimate: number; children: (item: T) => ReactNode; onEnd?: (() => void) | undefined;
}) {
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => setMargin(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => estimate,
    overscan: 6,
    scrollMargin: margin,
    getItemKey: (index) => keyOf(items[index]!),
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && last >= items.length - 5) onEnd();
  }, [last, items.length, onEnd]);
  return (
    <div ref={list} role="list" aria-label={label} className="long-list" style={{ height: virtual.getTotalSize() }}>
      {rows.map((row) => (
        <div
          key={row.key}
          role="listitem"
          aria-setsize={items.length}
          aria-posinset={row.index + 1}
          data-index={row.index}
          ref={virtual.measureElement}
          className="long-item"
          style={{ transform: `translateY(${row.start - margin}px)` }}
        >
          {children(items[row.index]!)}
        </div>
      ))}
    </div>
  );
}
