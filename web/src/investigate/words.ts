/** How records, links and people are named wherever they are linked. */
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";

export type Group = Schemas["Group"];
export type GroupNode = Schemas["Node"];
export type Edge = Schemas["Edge"];

export const addressOf = ({ kind, id }: { kind: GroupNode["kind"]; id: string }) => `/${kind === "report" ? "reports" : "profiles"}/${id}`;

/** The id in an address that was copied from the address bar, or the id itself. */
export const idIn = (address: string) => address.trim().split(/[?#]/)[0]!.replace(/\/+$/, "").split("/").pop()!;

export function useNames() {
  const { belong, types, app } = useText();
  const { me, siteName } = useSession();
  const { date } = useFormats();
  return {
    nodeName: (node: GroupNode) =>
      node.kind === "report" ? [types[node.type ?? ""] ?? belong.report, siteName(node.siteId), node.occurredAt && date(node.occurredAt)].filter(Boolean).join(", ") : belong[node.kind],
    who: (userId: string) => (userId === me.userId ? app.you : app.somebody),
  };
}
