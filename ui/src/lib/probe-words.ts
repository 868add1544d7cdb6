import type { Said } from '../host';
import { t } from '../i18n';

/** What was found in a step of looking at a line. What to do is said by the program. */
export const probeWords = (said: readonly Said[]): string => said.map(words).join(' ');

function words(said: Said): string {
  if (said.said === 'clear') return t.probe.clear;
  if (said.said === 'offered') return t.probe.offered(said.codecs);
  return `${said.text}${said.figures === '' ? '' : ` (${said.figures})`}`;
}
