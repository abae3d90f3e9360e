/** What was done, in words: `report:read` is a report that was read. What is not known here is shown as it is written in the log. */
import type { Language } from "../i18n";

const EN = {
  things: {
    accountability: "Accountability pack", alert: "Alert", anpr: "Plate reading", audit: "Audit log", breach: "Breach", bundle: "Bundle", candidate: "Possible plate match", case: "Case",
    channel: "Way of telling", community: "Community", complaint: "Complaint", device: "Camera", disclosure: "Disclosure", evidence: "Evidence", feed: "Feed", group: "Group", hold: "Legal hold",
    insights: "Totals", keys: "Keys", link: "Link", organisation: "Organisation", plate: "Plate", policy: "Rules", profile: "Profile", report: "Report", retention: "Retention", rights: "Request of a person",
    search: "Kept search", suggestion: "Suggestion", user: "User", watchlist: "Watchlist",
  },
  acts: {
    accountability: "read", acknowledge: "receipt confirmed", amend: "corrected", answer: "answered", approve: "agreed to", ask: "asked back", build: "made", bundle: "bundle made", cancel: "cancelled",
    certificates: "certificates read", change: "changed", close: "closed", confirm: "confirmed", custody: "custody read", decide: "decided", disclose: "handed over", dispose: "deleted when due", dispute: "disputed",
    done: "noted as done", draft: "answer looked at", expire: "ended undecided", explain: "explained", extend: "more time taken", fail: "failed", fetch: "fetched", find: "found", forget: "forgotten",
    handle: "worked on", import: "brought in", link: "linked", list: "list read", make: "made", manage: "managed", match: "compared", merge: "merged", note: "note written", obscure: "people painted over", open: "opened",
    outcomes: "outcomes read", picture: "picture looked at", post: "received", preferences: "preferences changed", preview: "previewed", progress: "progress read", proof: "proof read", reach: "reach counted",
    read: "read", receive: "received", record: "entered", records: "records looked for", refuse: "refused", regions: "regions read", register: "registered", release: "released", remove: "taken away",
    render: "shown copy made", reply: "replied", restore: "checked after a restore", retire: "retired", review: "reviewed", rotate: "renewed", save: "kept", search: "searched", set: "set", share: "shared",
    split: "split", status: "status read", store: "stored", submit: "sent in", suggest: "regions suggested", switch: "switched", task: "task changed", tell: "totals made", unlink: "unlinked", upload: "uploaded",
    withdraw: "withdrawn", add: "added",
  },
};

const DE: typeof EN = {
  things: {
    accountability: "Nachweis", alert: "Hinweis", anpr: "Kennzeichenlesung", audit: "Protokoll", breach: "Datenpanne", bundle: "Bündel", candidate: "Möglicher Treffer", case: "Fall",
    channel: "Benachrichtigungsweg", community: "Gemeinschaft", complaint: "Beschwerde", device: "Kamera", disclosure: "Übergabe", evidence: "Beweismittel", feed: "Geteiltes", group: "Gruppe", hold: "Löschstopp",
    insights: "Summen", keys: "Schlüssel", link: "Verknüpfung", organisation: "Organisation", plate: "Kennzeichen", policy: "Regeln", profile: "Profil", report: "Meldung", retention: "Aufbewahrung", rights: "Antrag einer Person",
    search: "Gemerkte Suche", suggestion: "Vorschlag", user: "Person", watchlist: "Merkliste",
  },
  acts: {
    accountability: "gelesen", acknowledge: "Eingang bestätigt", amend: "berichtigt", answer: "beantwortet", approve: "zugestimmt", ask: "rückgefragt", build: "erstellt", bundle: "Bündel erstellt", cancel: "abgebrochen",
    certificates: "Nachweise gelesen", change: "geändert", close: "geschlossen", confirm: "bestätigt", custody: "Verwahrung gelesen", decide: "entschieden", disclose: "übergeben", dispose: "bei Fälligkeit gelöscht", dispute: "bestritten",
    done: "als erledigt vermerkt", draft: "Antwort angesehen", expire: "unentschieden abgelaufen", explain: "erklärt", extend: "mehr Zeit genommen", fail: "gescheitert", fetch: "abgerufen", find: "gefunden", forget: "vergessen",
    handle: "bearbeitet", import: "eingelesen", link: "verknüpft", list: "Liste gelesen", make: "erstellt", manage: "verwaltet", match: "verglichen", merge: "vereint", note: "Notiz geschrieben", obscure: "Personen übermalt", open: "eröffnet",
    outcomes: "Ergebnisse gelesen", picture: "Bild angesehen", post: "empfangen", preferences: "Einstellungen geändert", preview: "Vorschau", progress: "Stand gelesen", proof: "Beleg gelesen", reach: "Reichweite gezählt",
    read: "gelesen", receive: "empfangen", record: "eingetragen", records: "Einträge gesucht", refuse: "abgelehnt", regions: "Bereiche gelesen", register: "registriert", release: "aufgehoben", remove: "gelöst",
    render: "gezeigte Fassung erstellt", reply: "geantwortet", restore: "nach Wiederherstellung geprüft", retire: "ausgemustert", review: "geprüft", rotate: "erneuert", save: "gemerkt", search: "gesucht", set: "gesetzt", share: "geteilt",
    split: "geteilt", status: "Stand gelesen", store: "gespeichert", submit: "eingereicht", suggest: "Bereiche vorgeschlagen", switch: "umgeschaltet", task: "Aufgabe geändert", tell: "Summen gebildet", unlink: "gelöst", upload: "hochgeladen",
    withdraw: "zurückgezogen", add: "hinzugefügt",
  },
};

export function done(action: string, language: Language): string | undefined {
  const { things, acts }: { things: Record<string, string>; acts: Record<string, string> } = language === "de" ? DE : EN;
  const [thing = "", act = ""] = action.split(":");
  return things[thing] && acts[act] ? `${things[thing]}: ${acts[act]}` : undefined;
}

/** What an auditor most often looks for. */
export const SOUGHT = [
  "report:read", "report:search", "report:share", "report:disclose", "report:amend", "evidence:read", "evidence:obscure", "plate:search", "candidate:read", "candidate:decide", "watchlist:add", "profile:read", "profile:open",
  "case:read", "case:bundle", "bundle:fetch", "rights:records", "rights:answer", "retention:set", "retention:dispose", "hold:set", "hold:release", "user:manage", "community:manage", "organisation:manage", "keys:rotate",
] as const;
