import type { CheckEntry, Verdict } from '../host';
import type { IconName } from '../parts/icons';
import type { Tone } from './quality';

/** How a verdict is drawn: a shape of its own and a tone; its word stands beside it. */
export const VERDICT_LOOK: Record<Verdict, { icon: IconName; tone: Tone }> = {
  pass: { icon: 'check', tone: 'good' },
  warn: { icon: 'warn', tone: 'fair' },
  fail: { icon: 'close', tone: 'bad' },
  error: { icon: 'failed', tone: 'bad' },
  skip: { icon: 'dash', tone: 'none' },
  fact: { icon: 'info', tone: 'none' },
};

const ORDER: Verdict[] = ['fail', 'error', 'warn', 'pass', 'fact', 'skip'];

/** How many checks came out how, the worst first. */
export function counts(entries: readonly Pick<CheckEntry, 'verdict'>[]): [Verdict, number][] {
  return ORDER.map((verdict): [Verdict, number] => [verdict, entries.filter((one) => one.verdict === verdict).length]).filter(([, count]) => count > 0);
}

/** What a person must look at: a failure, a warning, what could not run, and a skip that a complete run must not have. */
export function needsLook(entry: CheckEntry): boolean {
  return ['fail', 'error', 'warn'].includes(entry.verdict) || (entry.verdict === 'skip' && entry.required);
}

/** Named values as text: `took_ms 41, code 200`. */
export function pairs(values: Record<string, unknown>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}
