/** Dates, money and numbers in the reader's language; times in the reader's own zone. */
import { useMemo } from "react";
import { useLanguage } from ".";

export interface Money {
  amountMinor: number;
  currency: string;
}

export function formats(language: string) {
  const locale = language === "de" ? "de" : "en-GB";
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const dayMonth = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const monthYear = new Intl.DateTimeFormat(locale, { month: "short", year: "2-digit" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent" });
  return {
    dateTime: (moment: string | number) => dateTime.format(new Date(moment)),
    dayMonth: (moment: string | number) => dayMonth.format(new Date(moment)),
    monthYear: (moment: string | number) => monthYear.format(new Date(moment)),
    /** The day of a moment where the reader is; a day without a time is the same day everywhere. */
    date: (moment: string | number) => (String(moment).length === 10 ? day : date).format(new Date(moment)),
    ago(moment: string, now = Date.now()) {
      const seconds = (Date.parse(moment) - now) / 1000;
      const [unit, size] = (
        [["day", 86400], ["hour", 3600], ["minute", 60]] as const
      ).find(([, length]) => Math.abs(seconds) >= length) ?? (["second", 1] as const);
      return relative.format(unit === "second" ? 0 : Math.trunc(seconds / size), unit);
    },
    units: (value: number, unit: string) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(value),
    number: (value: number) => number.format(value),
    percent: (value: number) => percent.format(value),
    bytes(value: number) {
      const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
      const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
      return new Intl.NumberFormat(locale, { style: "unit", unit: units[power], maximumFractionDigits: 1 }).format(
        value / 1000 ** power,
      );
    },
    money({ amountMinor, currency }: Money) {
      const format = new Intl.NumberFormat(locale, { style: "currency", currency });
      return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    },
  };
}

export function useFormats() {
  const { language } = useLanguage();
  return useMemo(() => formats(language), [language]);
}
