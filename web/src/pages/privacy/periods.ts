/** Periods of the retention schedule in words, and as a number with a unit to be changed. */
import { useQuery } from "@tanstack/react-query";
import { api, withEtag } from "../../api/client";
import { useLanguage } from "../../i18n";
import { useFormats } from "../../i18n/format";

export const UNITS = { hour: "H", day: "D", month: "M", year: "Y" } as const;
export type Unit = keyof typeof UNITS;

/** `P12M` is twelve months; undefined for what has more than one part. */
export function periodOf(iso: string): { count: number; unit: Unit } | undefined {
  const [, time, count, letter] = /^P(T?)(\d+)([HDMY])$/.exec(iso) ?? [];
  if (count === undefined || !!time !== (letter === "H")) return undefined;
  return { count: Number(count), unit: (Object.keys(UNITS) as Unit[]).find((unit) => UNITS[unit] === letter)! };
}

export const isoOf = (count: number, unit: Unit): string => `P${unit === "hour" ? "T" : ""}${count}${UNITS[unit]}`;

export function usePeriods() {
  const { language } = useLanguage();
  const { units } = useFormats();
  const known = language === "de" ? GERMAN : {};
  return {
    inWords(iso: string, otherwise = iso): string {
      const found = periodOf(iso);
      return found && found.count > 0 ? units(found.count, found.unit) : otherwise;
    },
    /** What the schedule says of a category, in the reader's language; `lang` where it stays English. */
    category: ({ category, says, starts }: { category: string; says: string; starts: string }) => {
      const [own, from] = known[category] ?? [];
      return own && from ? { says: own, starts: from, lang: undefined } : { says, starts, lang: "en" };
    },
  };
}

export const useSchedule = () => useQuery({ queryKey: ["retention", "schedule"], queryFn: () => withEtag(api().GET("/api/retention/schedule")) });

/** What a category is, in words. */
export function useCategories(): (code: string) => string {
  const { category } = usePeriods();
  const schedule = useSchedule();
  return (code) => {
    const rule = schedule.data?.value.rules.find((each) => each.category === code);
    return rule ? category(rule).says : code;
  };
}

/** The words of shared/retention/schedule.toml; what is missing here is shown in English. */
const GERMAN: Record<string, readonly [says: string, starts: string]> = {
  report: ["Eine Meldung, in der niemand beschrieben ist", "dem Ereignis"],
  report_person: ["Eine Meldung, in der jemand als verdächtig beschrieben ist", "dem Ereignis"],
  report_minor: ["Eine Meldung, in der jemand unter 18 ist oder sein kann", "dem Ereignis"],
  person_of_interest: ["Ein Profil, das ein Mensch angelegt hat", "dem letzten Ereignis, das ein Mensch bestätigt hat; eine Sichtung zählt nie"],
  case: ["Ein Fall mit Notizen und Aufgaben", "seiner letzten Änderung"],
  evidence: ["Beweismittel einer Meldung: Original und gezeigte Fassung", "dem Ereignis der Meldung"],
  evidence_upload: ["Ein angekündigtes Beweismittel, das nie ankam", "der Erlaubnis zum Hochladen"],
  plate_read: ["Ein Kennzeichen, das zu nichts passte", "dem Tag der Lesung"],
  plate_candidate: ["Ein möglicher Treffer, den niemand bestätigt hat", "der Lesung"],
  plate_confirmed: ["Ein Treffer, den ein Mensch bestätigt hat", "der Lesung"],
  watchlist_entry: ["Ein Fahrzeug auf einer Merkliste", "dem Eintrag"],
  alert: ["Ein Hinweis an eine Person; er nennt niemanden", "dem Hinweis"],
  disclosure: ["Die Aufzeichnung, was der Polizei übergeben wurde", "der Übergabe"],
  audit: ["Wer was sah oder änderte; nennt keine betroffene Person", "dem Eintrag"],
  certificate: ["Der Nachweis einer Löschung; nennt keine betroffene Person", "der Löschung"],
  hold: ["Ein Löschstopp nach seinem Ende", "seinem Ende"],
  rights_request: ["Der Antrag einer Person, seine Schritte und sein Ergebnis", "dem Abschluss"],
  rights_document: ["Womit eine Person nachwies, wer sie ist", "dem Abschluss"],
  rights_response: ["Die Antwort, die eine Person abrufen kann", "der Antwort"],
  complaint: ["Eine Beschwerde, ihre Schritte und ihr Ergebnis", "dem Abschluss"],
  third_party_request: ["Eine Anfrage von Polizei anderswo, Anwälten oder Versicherern und ihr Ergebnis", "dem Abschluss"],
  breach: ["Eine Datenpanne: was geschah, ihre Folgen, und wem es wann gesagt wurde", "dem Abschluss"],
};
