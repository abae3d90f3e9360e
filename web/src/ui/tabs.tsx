import * as Ariakit from "@ariakit/react";
import type { ReactNode } from "react";

/** Pages of one subject. Only the one in sight is made. */
export function Tabs({ label, tabs, selected, onSelect }: {
  label: string; tabs: readonly { id: string; title: string; content: () => ReactNode }[]; selected: string; onSelect: (id: string) => void;
}) {
  return (
    <Ariakit.TabProvider selectedId={selected} setSelectedId={(id) => id && onSelect(id)}>
      <Ariakit.TabList aria-label={label} className="tabs">
        {tabs.map(({ id, title }) => <Ariakit.Tab key={id} id={id} className="tab">{title}</Ariakit.Tab>)}
      </Ariakit.TabList>
      {tabs.map(({ id, content }) => (
        <Ariakit.TabPanel key={id} tabId={id} unmountOnHide className="tab-panel">{selected === id && content()}</Ariakit.TabPanel>
      ))}
    </Ariakit.TabProvider>
  );
}
