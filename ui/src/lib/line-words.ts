import type { TrunkLine } from '../host';
import { t } from '../i18n';
import { shownText } from './shown';
import { lineState } from './trunks';

/** The state of a line in a word or two. */
export function lineWord(line: TrunkLine): string {
  const state = lineState(line);
  const { registration } = line;
  if (state !== 'down' || line.trouble !== null) return t.line[state];
  return registration.state === 'refused' ? t.line.word.refused : t.line.word.failed;
}

/** Why a line is as it is, and what to do about it. */
export function lineWhy(line: TrunkLine): { text: string; advice: string | null } {
  if (line.trouble !== null) return { text: line.trouble, advice: null };
  const { registration } = line;
  if (line.settings.trunk.register && registration.state === 'refused') {
    return { text: t.line.refused(registration.code, shownText(registration.reason)), advice: registration.advice };
  }
  if (line.settings.trunk.register && registration.state === 'failed') {
    return { text: t.line.failed(registration.why), advice: null };
  }
  const state = lineState(line);
  return { text: state === 'down' ? '' : t.line.why[state], advice: null };
}
