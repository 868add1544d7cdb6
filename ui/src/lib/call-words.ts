import { t } from '../i18n';

/** How far a call is, in words; nothing is to be said of one in which both sides talk. */
export function callWord(call: { phase: string; early: boolean; heldByUs: boolean; heldByThem: boolean }): string | null {
  if (call.phase === 'calling') return t.call.calling;
  if (call.phase === 'ringing') return call.early ? t.call.early : t.call.ringing;
  if (call.heldByUs) return t.call.onHold;
  return call.heldByThem ? t.call.heldByThem : null;
}
