/** The mail address of a person: given, proved by its code, removed at once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Section } from "../ui/basics";
import { TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";

type Mail = Schemas["MailView"];
const KEY = ["channels", "mail"];

export function MailAddress() {
  const { channels: text } = useText();
  const query = useQuery({ queryKey: KEY, queryFn: () => ok(api().GET("/api/me/mail")) });
  return (
    <Section title={text.mail}>
      <p className="hint">{text.mailWhy}</p>
      <Loaded query={query}>{(mail) => <Address key={`${mail.address} ${mail.state}`} mail={mail} />}</Loaded>
    </Section>
  );
}

function Address({ mail }: { mail: Mail }) {
  const { channels: text, app } = useText();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [address, setAddress] = useState(mail.address ?? "");
  const [code, setCode] = useState("");
  const [changing, setChanging] = useState(mail.state === "none");
  const keep = (found: Mail) => queries.setQueryData(KEY, found);
  const give = useMutation({ mutationFn: () => ok(api().PUT("/api/me/mail", { body: { address } })), onSuccess: keep });
  const prove = useMutation({
    mutationFn: () => ok(api().POST("/api/me/mail/verification", { body: { code: code.replaceAll(/\s/g, "") } })),
    onSuccess: (found) => {
      announce(text.proved);
      keep(found);
    },
  });
  const remove = useMutation({ mutationFn: () => ok(api().DELETE("/api/me/mail")), onSuccess: () => keep({ address: null, state: "none" }) });
  return (
    <div className="stack narrow">
      {mail.address && (
        <p>{mail.address} <Badge tone={mail.state === "verified" ? "good" : mail.state === "bounced" ? "bad" : "warn"}>{text.mailStates[mail.state]}</Badge></p>
      )}
      {mail.state === "bounced" && <p>{text.bouncedWhy}</p>}
      {mail.state === "unverified" && (
        <form className="line" onSubmit={(event) => { event.preventDefault(); prove.mutate(); }}>
          <TextField label={text.code} hint={text.codeHint} required inputMode="numeric" autoComplete="one-time-code" pattern="[0-9 ]{8,9}" value={code} onChange={(event) => setCode(event.target.value)} />
          <Button type="submit" look="primary" busy={prove.isPending}>{text.prove}</Button>
        </form>
      )}
      {(changing || mail.state === "bounced") && (
        <form className="line" onSubmit={(event) => { event.preventDefault(); give.mutate(); }}>
          <TextField label={text.address} type="email" autoComplete="email" required maxLength={254} value={address} onChange={(event) => setAddress(event.target.value)} />
          <Button type="submit" look="primary" busy={give.isPending}>{text.sendCode}</Button>
        </form>
      )}
      {(give.error ?? prove.error ?? remove.error) && <Failure error={prove.error ?? give.error ?? remove.error} />}
      {mail.address && (
        <div className="actions">
          {mail.state === "unverified" && <Button busy={give.isPending} onClick={() => give.mutate()}>{text.anotherCode}</Button>}
          {!changing && mail.state !== "bounced" && <Button onClick={() => setChanging(true)}>{text.otherAddress}</Button>}
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>{app.remove}</Button>
        </div>
      )}
    </div>
  );
}
