import { once } from './once';

const made = once((_zone: number, language: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options));
/** A form keeps the time zone in which it was made, and a computer travels. */
const form = (language: string, options: Intl.DateTimeFormatOptions) => made(new Date().getTimezoneOffset(), language, options);

/** `1:05`, `1:02:09`. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** The time of day. */
export function clock(ms: number, language: string): string {
  return form(language, { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** A day of the year. */
export function date(ms: number, language: string): string {
  return form(language, { day: 'numeric', month: 'short' }).format(ms);
}

export function fullTime(ms: number, language: string): string {
  return form(language, { dateStyle: 'full', timeStyle: 'medium' }).format(ms);
}

/** Midnight at the beginning of a moment's day, local time. */
export function dayStart(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

export interface Day<T> {
  start: number;
  name: string;
  items: T[];
}

/** Groups what is sorted newest first by its local day; `today` is its midnight. */
export function byDay<T>(
  items: readonly T[],
  at: (item: T) => number,
  today: number,
  words: { today: string; yesterday: string },
  language: string,
): Day<T>[] {
  const days: Day<T>[] = [];
  for (const item of items) {
    const start = dayStart(at(item));
    const last = days.at(-1);
    if (last?.start === start) last.items.push(item);
    else days.push({ start, name: dayName(start, today, words, language), items: [item] });
  }
  return days;
}

function dayName(start: number, today: number, words: { today: string; yesterday: string }, language: string): string {
  if (start === today) return words.today;
  // By noon of the day before: days are 23 or 25 hours long twice a year.
  if (start === dayStart(today - 12 * 3_600_000)) return words.yesterday;
  const year = new Date(start).getFullYear() === new Date(today).getFullYear() ? {} : { year: 'numeric' as const };
  return form(language, { weekday: 'long', day: 'numeric', month: 'long', ...year }).format(start);
}
