/** The language of the page: English is there at once, others come when they are wanted. */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { en, type Messages } from "./en";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

interface Spoken {
  language: Language;
  text: Messages;
  speak: (language: Language) => void;
}

const Words = createContext<Spoken>({ language: "en", text: en, speak: () => undefined });

export function preferred(languages: readonly string[] = navigator.languages): Language {
  const kept = sessionStorage.getItem("reeve.language");
  const wanted = kept ? [kept] : languages.map((each) => each.slice(0, 2).toLowerCase());
  return (wanted.find((each) => each in LANGUAGES) as Language | undefined) ?? "en";
}

async function load(language: Language): Promise<Messages> {
  return language === "de" ? (await import("./de")).de : en;
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [wanted, setWanted] = useState<Language>(preferred);
  const [spoken, setSpoken] = useState<{ language: Language; text: Messages } | undefined>(
    wanted === "en" ? { language: "en", text: en } : undefined,
  );
  useEffect(() => {
    let stale = false;
    void load(wanted)
      .catch(() => en)
      .then((text) => {
        if (stale) return;
        setSpoken({ language: wanted, text });
        document.documentElement.lang = wanted;
      });
    return () => {
      stale = true;
    };
  }, [wanted]);
  const value = useMemo(
    () =>
      spoken && {
        ...spoken,
        speak: (language: Language) => {
          sessionStorage.setItem("reeve.language", language);
          setWanted(language);
        },
      },
    [spoken],
  );
  return value ? <Words value={value}>{children}</Words> : null;
}

export const useText = (): Messages => useContext(Words).text;
export const useLanguage = (): Spoken => useContext(Words);
