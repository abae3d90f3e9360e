/** Where a person decides what is painted over: with a pointer, a finger or the keyboard alone. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type KeyboardEvent } from "react";
import { api, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button } from "../ui/basics";
import { Checkbox, Choices, Select } from "../ui/form";
import { Failure } from "../ui/loaded";
import { percentages, useDrawing } from "./drawing";
import { afterKey, moved, resized, undecided, type Region } from "./regions";

type What = NonNullable<Region["what"]>;

export function Obscurer({ id, picture, view, etag, done }: { id: string; picture: string; view: Schemas["RegionsView"]; etag: string; done: () => void }) {
  const { obscuring: text, app } = useText();
  const { percent } = useFormats();
  const { purpose } = useSession();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [regions, setRegions] = useState<Region[]>(view.regions);
  const [after, setAfter] = useState(false);
  const [checked, setChecked] = useState(false);
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
  const { begin, shown, canvas, focusLast } = useDrawing({
    move: (index, dx, dy) => put(index, moved(regions[index]!, dx, dy)),
    size: (index, dx, dy) => put(index, resized(regions[index]!, dx, dy)),
    draw: (place) => setRegions((all) => [...all, { ...place, what: "other", origin: "drawn", obscured: true }]),
  });
  const key = (event: KeyboardEvent, index: number) => {
    const next = afterKey(regions[index]!, event.key, event.shiftKey);
    if (next === undefined) return;
    event.preventDefault();
    if (next === "removed") setRegions((all) => all.filter((_, at) => at !== index));
    else put(index, next);
  };
  const add = () => {
    setRegions((all) => [...all, { x: 0.4, y: 0.4, width: 0.2, height: 0.2, what: "other", origin: "drawn", obscured: true }]);
    focusLast();
  };
  return (
    <div className="obscurer">
      <p>{text.lead}</p>
      <p className="hint" id="obscuring-keys">{text.keys}</p>
      <div className="switch" role="group" aria-label={text.title}>
        <Button aria-pressed={!after} onClick={() => setAfter(false)}>{text.before}</Button>
        <Button aria-pressed={after} onClick={() => setAfter(true)}>{text.after}</Button>
        <Button onClick={add}>{text.draw}</Button>
      </div>
      <div {...canvas} className={`canvas ${after ? "after" : ""}`}>
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
            <i aria-hidden="true" data-corner />
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
