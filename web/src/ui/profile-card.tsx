/** A person or vehicle of interest in a list. */
import { Link } from "wouter";
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { Badge } from "./basics";

export function ProfileCard({ profile }: { profile: Schemas["ProfileSummary"] }) {
  const { profiles: text } = useText();
  const { date } = useFormats();
  return (
    <article className="row-card">
      <div className="row-main">
        <h2><Link href={`/profiles/${profile.id}`}>{profile.label}</Link></h2>
        <p className="meta">
          <Badge>{text.subjects[profile.subject]}</Badge>
          {profile.disputed && <Badge tone="bad">{text.disputed}</Badge>}
          {profile.reviewDue && <Badge tone="warn">{text.due}</Badge>}
          <span>{text.lastEvent(date(profile.lastEventAt))}</span>
          <span>{text.reviewBy(date(profile.reviewAt))}</span>
        </p>
      </div>
    </article>
  );
}
