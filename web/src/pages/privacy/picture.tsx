/** The picture or film that a decision is about, as the person would get it: an officer looks before they say so. */
import { useState } from "react";
import { Link } from "wouter";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useContent } from "../../evidence/content";
import { Button, Notice } from "../../ui/basics";
import { Checkbox } from "../../ui/form";
import { Failure, Loading } from "../../ui/loaded";
import type { Draft, Found } from "./case";

type Facts = NonNullable<Found["evidence"]>;

export function Picture({ id, facts }: { id: string; facts: Facts }) {
  const { answering: text, evidence } = useText();
  const { percent } = useFormats();
  const [wanted, setWanted] = useState(facts.mediaKind === "image" && facts.rendition !== null);
  const content = useContent(`/api/evidence/${id}/content?purpose=LEGAL_ACTION&rendition=true`, wanted);
  const label = evidence.kinds[facts.mediaKind] ?? facts.mediaKind;
  return (
    <>
      {facts.cannotGive && <Notice tone="warn">{text.cannotGive[facts.cannotGive]}</Notice>}
      {facts.rendition && !wanted && <Button onClick={() => setWanted(true)}>{text.lookAtIt}</Button>}
      {content.error !== undefined ? <Failure error={content.error} /> : wanted && !content.url && (content.share > 0 ? <p role="status">{evidence.loaded(percent(content.share))}</p> : <Loading />)}
      {content.url && facts.mediaKind === "image" && <img className="media" src={content.url} alt={label} />}
      {/* Recordings of a shop have no captions to offer. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      {content.url && facts.mediaKind === "video" && <video className="media" src={content.url} controls aria-label={label} />}
      <p><Link href={`/evidence/${id}`}>{text.toItem}</Link></p>
    </>
  );
}

/** The officer's word, without which nothing that shows people is given. */
export function NobodyElse({ facts, draft, change }: { facts: Facts; draft: Draft; change: (part: Partial<Draft>) => void }) {
  const { answering: text } = useText();
  if (facts.cannotGive) return <Notice tone="warn">{text.cannotGive[facts.cannotGive]}</Notice>;
  return <Checkbox label={text.nobodyElse} hint={text.nobodyElseHint} required checked={draft.othersObscured} onChange={(event) => change({ othersObscured: event.target.checked })} />;
}
