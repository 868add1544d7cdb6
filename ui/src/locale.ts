// WebKitGTK reports the language "C" under LANG=C, and libraries that build an Intl object of it
// throw while they load. This module therefore runs before any other.

/** The language as Intl takes it, or English. */
export function safeLanguage(language: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(language ?? '')[0] ?? 'en-GB';
  } catch {
    return 'en-GB';
  }
}

/** Makes `navigator.language` and `languages` safe to hand to Intl. */
export function mendLocale(target: Navigator = navigator): void {
  const languages = (target.languages ?? []).map(safeLanguage);
  const first = safeLanguage(target.language);
  if (first === target.language && languages.every((one, at) => one === target.languages[at])) return;
  const give = (value: unknown) => ({ configurable: true, get: () => value });
  Object.defineProperty(target, 'language', give(first));
  Object.defineProperty(target, 'languages', give(languages.length > 0 ? languages : [first]));
}

mendLocale();
