import * as Ariakit from "@ariakit/react";
import { useEffect, useRef, type ReactNode } from "react";

/** Pages of one subject. Only the one in sight is made. */
export function Tabs({ label, tabs, selected, onSelect }: {
  label: string; tabs: readonly { id: string; title: string; content: () => ReactNode }[]; selected: string; onSelect: (id: string) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  // On a phone there are more tabs than fit: the one that is open is in sight.
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (tab && list.current) list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2;
  }, [selected]);
  return (
    <Ariakit.TabProvider selectedId={selected} setSelectedId={(id) => id && onSelect(id)}>
      <Ariakit.TabList ref={list} aria-label={label} className="tabs">
        {tabs.map(({ id, title }) => <Ariakit.Tab key={id} id={id} className="tab">{title}</Ariakit.Tab>)}
      </Ariakit.TabList>
      {tabs.map(({ id, content }) => (
        <Ariakit.TabPanel key={id} tabId={id} unmountOnHide className="tab-panel">{selected === id && content()}</Ariakit.TabPanel>
      ))}
    </Ariakit.TabProvider>
  );
}
