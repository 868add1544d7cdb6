import type { Finding } from '../host';
import { t } from '../i18n';

/** What the engine tells, in the language of the window. It speaks English: its own words are shown in English, and
 * where another language has none. */
export const told = (kind: string, text: string): string => t.told[kind] ?? text;

/** What to do about what was found in a call: the gravest of it decides. */
export function adviceOn(findings: readonly Finding[] | null | undefined): string | null {
  return Object.entries(t.advice).find(([kind]) => findings?.some((one) => one.kind === kind))?.[1] ?? null;
}
