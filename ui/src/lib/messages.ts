import type { LadderLine, TraceLine } from '../host';
import { shownText } from './shown';

/** A message of a call's ladder or of the trace. */
export type Message = Pick<LadderLine, 'at_ms' | 'way' | 'summary' | 'raw' | 'retransmission'> & Partial<Pick<TraceLine, 'trunk' | 'fault'>>;

/** How the outcome of a message is drawn: a challenge is no failure. */
export function messageTone(summary: string): 'good' | 'bad' | '' {
  if (/^SIP\/2\.0 (?!40[17]|487)[3-6]/.test(summary)) return 'bad';
  return /^SIP\/2\.0 2/.test(summary) ? 'good' : '';
}

export interface Wanted {
  /** Empty: every one. */
  trunk: string;
  callId: string;
  text: string;
}

/** Whether a message is wanted; each word must be in it, in any case. */
export function sieve({ trunk, callId, text }: Wanted): (line: TraceLine) => boolean {
  const words = text.trim().split(/\s+/).filter(Boolean).map((word) => new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i'));
  return (line) =>
    (trunk === '' || line.trunk === trunk) &&
    (callId === '' || line.call_id === callId) &&
    words.every((word) => word.test(line.raw) || word.test(line.remote) || word.test(line.trunk));
}

export interface TracedCall {
  callId: string;
  at_ms: number;
  way: TraceLine['way'];
  /** The user part of the address that was called. */
  to: string;
}

/** The calls of a trace, the newest first. */
export function callsOf(lines: readonly TraceLine[]): TracedCall[] {
  const calls = new Map<string, TracedCall>();
  for (const { call_id, summary, at_ms, way } of lines) {
    if (call_id === null || calls.has(call_id)) continue;
    const to = /^INVITE (?:sips?|tel):([^@;>\s]*)/.exec(summary)?.[1];
    if (to !== undefined) calls.set(call_id, { callId: call_id, at_ms, way, to });
  }
  return [...calls.values()].reverse();
}

/** The time of day with its milliseconds. */
export function exactTime(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** Messages as text for a report. */
export function asText(lines: readonly Message[], time: (line: Message) => string, words: Record<Message['way'], string>): string {
  return lines.map((one) => `${time(one)} ${words[one.way]}${one.trunk === undefined ? '' : ` ${shownText(one.trunk)}`}\n${one.raw}`).join('\n');
}
