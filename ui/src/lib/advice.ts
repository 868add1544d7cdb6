import type { Call, CallReport } from '../host';
import { t } from '../i18n';
import type { IconName } from '../parts/icons';
import type { Tone } from './quality';

type Told = Pick<Call, 'way' | 'outcome' | 'code' | 'cause' | 'reason' | 'advice'> & Partial<Pick<CallReport, 'authentication_refused' | 'unreachable'> & Pick<Call, 'state'>>;

type Taken = Pick<Call, 'way' | 'outcome' | 'answered_at_ms' | 'state' | 'cause'>;

/** Q.850: a call to us that was answered elsewhere. */
const ELSEWHERE = 26;
const CODES = [403, 404, 408, 480, 486, 487, 488, 503, 600, 603, 607] as const;
const known = (code: number | null) => CODES.find((one) => one === code);

/** The history has calls from their first ring on: a window that is opened meanwhile reads of them. */
const goesOn = (call: Partial<Pick<Call, 'state'>>) => call.state === 'ringing' || call.state === 'answered';

/** How a call came out, in words for people; never a bare "failed". */
export function outcomeWord(call: Told): string {
  if (goesOn(call)) return t.reason.goesOn;
  if (call.state === 'interrupted') return t.reason.interrupted;
  if (call.outcome === 'answered') return t.reason.answered;
  if (call.way === 'in' && call.cause === ELSEWHERE) return t.reason.elsewhere;
  if (call.way === 'in') return call.outcome === 'rejected' ? t.reason[603] : t.reason.missed;
  if (call.outcome === 'cancelled') return t.reason.cancelled;
  if (call.authentication_refused || call.code === 401 || call.code === 407) return t.reason.wrongPassword;
  if (call.unreachable) return t.reason.unreachable;
  const code = known(call.code);
  if (code) return t.reason[code];
  if (call.outcome === 'timed-out') return t.reason.noAnswer;
  return call.outcome === 'rejected' ? t.reason.refused : t.reason.failed;
}

/** What to do about it: the engine's advice, else the general one for the code. */
export function nextStep(call: Told): string | null {
  if (call.advice) return call.advice;
  const next: Partial<Record<number, string>> = t.reason.next;
  const went = goesOn(call) || call.outcome === 'answered' || call.outcome === 'cancelled' || call.way === 'in';
  return went ? null : (next[call.code ?? 0] ?? t.reason.next.failed);
}

/** An incoming call that nobody took, here or elsewhere, and nobody declined. */
export function missed(call: Taken): boolean {
  return call.way === 'in' && call.answered_at_ms === null && call.outcome !== 'rejected' && call.cause !== ELSEWHERE && (call.state === 'ended' || call.state === 'interrupted');
}

/** Direction and outcome as a shape of its own. */
export function outcomeLook(call: Taken): { icon: IconName; tone: Tone } {
  if (missed(call)) return { icon: 'missed', tone: 'bad' };
  if (call.way === 'out' && !goesOn(call) && call.outcome !== 'answered' && call.outcome !== 'cancelled') return { icon: 'failed', tone: 'bad' };
  return { icon: call.way, tone: 'none' };
}
