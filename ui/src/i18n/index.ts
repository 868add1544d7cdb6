// The window speaks one language at a time, and loads that one only. A new language is a folder beside `en` whose
// index holds every message (`tests/i18n.test.ts`), and a line in LANGUAGES. What the program tells comes in the same
// language: it has tables of its own (`assets/words`).
import type { messages as english } from './en/en';

export type Messages = typeof english;

interface Language {
  /** Its own name for itself. */
  name: string;
  load: () => Promise<{ messages: Messages }>;
}

export const LANGUAGES: Record<string, Language> = {
  de: { name: 'Deutsch', load: () => import('./de/de') },
  en: { name: 'English', load: () => import('./en/en') },
};

const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur'];

/** What the window says; there once `speak` is through. */
export let t!: Messages;

/** The language in which dates, figures and names of countries are written. */
export let language = 'en-GB';

/** The language of that choice, else the first that the system asks for and that there is, else English. */
export function chosenLanguage(choice: string | null, system: readonly string[]): string {
  const base = (tag: string) => tag.split('-')[0]!.toLowerCase();
  return [choice, ...system].map((one) => (one === null ? '' : base(one))).find((one) => Object.hasOwn(LANGUAGES, one)) ?? 'en';
}

/** Speaks the chosen language, or with `null` that of the system; what is drawn already must be drawn anew. */
export async function speak(choice: string | null, system: readonly string[] = globalThis.navigator?.languages ?? []): Promise<void> {
  const tag = chosenLanguage(choice, system);
  t = (await LANGUAGES[tag]!.load()).messages;
  // With the region of the system, where it is the same language: dates differ.
  language = system.find((one) => one.split('-')[0]!.toLowerCase() === tag) ?? (tag === 'en' ? 'en-GB' : tag);
  if (typeof document === 'undefined') return;
  document.documentElement.lang = tag;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(tag) ? 'rtl' : 'ltr';
}
