import { en } from './en';

export type Messages = typeof en;

/** One module a language; a language is offered when its module is complete. */
const LANGUAGES: Record<string, Messages> = { en };

/** The messages of the user's language, or English. */
export function messagesFor(languages: readonly string[]): Messages {
  const known = languages.map((one) => LANGUAGES[one.split('-')[0]!.toLowerCase()]);
  return known.find((one) => one !== undefined) ?? en;
}

/** What the window says. */
export const t: Messages = messagesFor(globalThis.navigator?.languages ?? []);

/** The language in which dates and names of countries are written. */
export const language: string = globalThis.navigator?.language ?? 'en-GB';
