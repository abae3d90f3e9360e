/** Where a person decides what is painted over: with a pointer, a finger or the keyboard alone. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { api, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button } from "../ui/basics";
import { Checkbox, Choices, Select } from "../ui/form";
import { Failure } from "../ui/loaded";
import { afterKey, between, moved, undecided, type Point, type Region } from "./regions";

type What = NonNullable<Region["what"]>;

export function Obscurer({ id, picture, view, etag, done }: { id: string; picture: string; view: Schemas["RegionsView"]; etag: string; done: () => void }) {
  const { obscuring: text, app } = useText();
  const { percent } = useFormats();
  const { purpose } = useSession();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const frame = useRef<HTMLDivElement>(null);
  const [regions, setRegions] = useState<Region[]>(view.regions);
  const [after, setAfter] = useState(false);
  const [checked, setChecked] = useState(false);
  const [drag, setDrag] = useState<{ from: Point; to: Point; moving?: number }>();
  const open = undecided(regions);
  const put = (index: number, region: Region) => setRegions((all) => all.map((each, at) => (at === index ? region : each)));
  const save = useMutation({
    mutationFn: () =>
      withEtag(api().PUT("/api/evidence/{evidenceId}/regions", {
        params: { path: { evidenceId: id }, query: { purpose }, header: { "If-Match": etag } },
        body: { regions, method: "fill", checkedPlatesAndScreens: true },
      })),
    onSuccess: async () => {
      announce(text.saved);
      await queries.invalidateQueries({ queryKey: ["evidence"] });
      done();
    },
  });
  const place = (event: PointerEvent): Point => {
    const box = frame.current!.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };
  const begin = (event: PointerEvent, moving?: number) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    frame.current!.setPointerCapture(event.pointerId);
    const from = place(event);
    setDrag({ from, to: from, ...(moving !== undefined && { moving }) });
  };
  const go = (event: PointerEvent) => {
    if (!drag) return;
    const to = place(event);
    if (drag.moving !== undefined) put(drag.moving, moved(regions[drag.moving]!, to.x - drag.to.x, to.y - drag.to.y));
    setDrag({ ...drag, to });
  };
  const end = () => {
    const drawn = drag && drag.moving === undefined ? between(drag.from, drag.to) : undefined;
    if (drawn) setRegions((all) => [...all, drawn]);
    setDrag(undefined);
  };
  const key = (event: KeyboardEvent, index: number) => {
    const next = afterKey(regions[index]!, event.key, event.shiftKey);
    if (next === undefined) return;
    event.preventDefault();
    if (next === "removed") setRegions((all) => all.filter((_, at) => at !== index));
    else put(index, next);
  };
  const add = () => {
    setRegions((all) => [...all, { x: 0.4, y: 0.4, width: 0.2, height: 0.2, what: "other", origin: "drawn", obscured: true }]);
    requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>("[data-region]:last-of-type")?.focus());
  };
  const shown = drag && drag.moving === undefined ? between(drag.from, drag.to) : undefined;
  return (
    <div className="obscurer">
      <p>{text.lead}</p>
      <p className="hint" id="obscuring-keys">{text.keys}</p>
      <div className="switch" role="group" aria-label={text.title}>
        <Button aria-pressed={!after} onClick={() => setAfter(false)}>{text.before}</Button>
        <Button aria-pressed={after} onClick={() => setAfter(true)}>{text.after}</Button>
        <Button onClick={add}>{text.draw}</Button>
      </div>
      <div ref={frame} className={`canvas ${after ? "after" : ""}`} onPointerDown={(event) => begin(event)} onPointerMove={go} onPointerUp={end} onPointerCancel={() => setDrag(undefined)}>
        <img src={picture} alt="" draggable={false} />
        {regions.map((region, index) => (
          <button
            key={index}
            type="button"
            data-region
            className={`region ${region.obscured == null ? "open" : region.obscured ? "painted" : "visible"}`}
            style={percentages(region)}
            aria-label={`${text.region(index + 1)}: ${text.whats[region.what ?? "face"]}, ${region.obscured == null ? text.undecided : region.obscured ? text.paint : text.leave}`}
            aria-describedby="obscuring-keys"
            onPointerDown={(event) => begin(event, index)}
            onKeyDown={(event) => key(event, index)}
          >
            <span aria-hidden="true">{index + 1}</span>
          </button>
        ))}
        {shown && <div className="region painted" style={percentages(shown)} />}
      </div>
      {regions.length === 0 && <p className="hint">{text.noRegions}</p>}
      <ol className="regions">
        {regions.map((region, index) => (
          <li key={index} className="group">
            <p>
              <strong>{text.region(index + 1)}</strong> <Badge>{region.origin === "suggested" ? text.suggested : text.drawn}</Badge>{" "}
              {region.confidence != null && <span className="hint">{text.sure(percent(region.confidence))}</span>}
            </p>
            <Choices
              legend={`${text.region(index + 1)}: ${region.obscured == null ? text.undecided : ""}`}
              name={`region-${index}`}
              options={[["true", text.paint], ["false", text.leave]]}
              value={region.obscured == null ? "" : String(region.obscured)}
              onChange={(value) => put(index, { ...region, obscured: value === "true" })}
            />
            <Select label={app.what} value={region.what ?? "face"} options={Object.entries(text.whats)} onChange={(event) => put(index, { ...region, what: event.target.value as What })} />
            {region.origin === "drawn" && <Button look="quiet" onClick={() => setRegions((all) => all.filter((_, at) => at !== index))}>{app.remove}</Button>}
          </li>
        ))}
      </ol>
      <Checkbox label={text.checked} checked={checked} onChange={(event) => setChecked(event.target.checked)} />
      {open > 0 && <p role="status">{text.open(open)}</p>}
      {save.error && <Failure error={save.error} retry={() => void queries.invalidateQueries({ queryKey: ["evidence"] })} />}
      <Button look="primary" disabled={open > 0 || !checked} busy={save.isPending} onClick={() => save.mutate()}>{text.save}</Button>
      <p className="hint">{text.again}</p>
    </div>
  );
}

const percentages = ({ x, y, width, height }: Region) => ({ left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
