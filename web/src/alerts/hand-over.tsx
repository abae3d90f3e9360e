/** Giving an alert to a colleague who could have been told of it, too. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useAnnounce } from "../ui/announcer";
import { Button } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";

type Alert = Schemas["AlertView"];
/** What belongs to one person, a complaint or a request, is not handed on here. */
const HANDED: readonly Alert["cause"][] = ["report", "plate_candidate", "plate_confirmed", "alarm", "camera_silent", "police_notice", "police_receipt", "police_reference"];

export function HandOver({ alert, done }: { alert: Alert; done: (changed: Alert) => void }) {
  const { handOver: text } = useText();
  const [open, setOpen] = useState(false);
  if (alert.state !== "unread" || !HANDED.includes(alert.cause)) return null;
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)} aria-label={`${text.open}: ${alert.headline}`}>{text.open}</Button>
      <Dialog open={open} title={text.title} onClose={() => setOpen(false)}>
        <p>{alert.headline}</p>
        <Colleagues alert={alert} done={done} />
      </Dialog>
    </>
  );
}

function Colleagues({ alert, done }: { alert: Alert; done: (changed: Alert) => void }) {
  const { handOver: text } = useText();
  const announce = useAnnounce();
  const [chosen, setChosen] = useState("");
  const query = useQuery({
    queryKey: ["alerts", "colleagues", alert.id],
    queryFn: () => ok(api().GET("/api/alerts/{alertId}/colleagues", { params: { path: { alertId: alert.id } } })),
  });
  const give = useMutation({
    mutationFn: (userId: string) => ok(api().POST("/api/alerts/{alertId}/handover", { params: { path: { alertId: alert.id }, header: { "If-Match": alert.etag } }, body: { userId } })),
    onSuccess: (changed) => {
      announce(text.given);
      done(changed);
    },
  });
  return (
    <Loaded query={query}>
      {({ colleagues }) => colleagues.length === 0 ? <p>{text.nobody}</p> : (
        <form className="stack" onSubmit={(event) => { event.preventDefault(); give.mutate(chosen || colleagues[0]!.id); }}>
          <p className="hint">{text.why}</p>
          <Select label={text.to} value={chosen || colleagues[0]!.id} onChange={(event) => setChosen(event.target.value)} options={colleagues.map(({ id, name }) => [id, name] as const)} />
          {give.error && <Failure error={give.error} />}
          <Button look="primary" type="submit" busy={give.isPending}>{text.open}</Button>
        </form>
      )}
    </Loaded>
  );
}
