import type { Media, Role, Second } from '../host';

export type BannerKind = 'no-microphone' | 'no-speaker' | 'no-sound' | 'they-lose' | 'we-lose' | 'mic-silent' | 'they-hear-nothing';

export interface Banner {
  kind: BannerKind;
  tone: 'bad' | 'fair';
  value: number;
}

/** Nothing louder than this counts as silence, dBov. */
const SILENCE_DBOV = -70;
const NO_SOUND_S = 2;
const MIC_SILENT_S = 5;
const LOSS_PERCENT = 5;

/**
 * What the last seconds of a call call for; `muted` or held calls are silent on purpose. Devices of the roles that are
 * `lacking` are not there at all.
 */
export function banners(seconds: readonly Second[], quiet: { muted: boolean; held: boolean }, lacking: readonly Role[] = []): Banner[] {
  const found: Banner[] = [];
  const noMicrophone = lacking.includes('microphone');
  if (noMicrophone) found.push({ kind: 'no-microphone', tone: 'bad', value: 0 });
  if (lacking.includes('speaker')) found.push({ kind: 'no-speaker', tone: 'bad', value: 0 });
  const last = seconds.at(-1)?.figures;
  if (!last || quiet.held) return found;
  const dry = tail(seconds, (now) => now.received === 0);
  if (dry >= NO_SOUND_S) found.push({ kind: 'no-sound', tone: 'bad', value: dry });
  if (last.one_way === 'out' || last.one_way === 'both') {
    found.push({ kind: 'they-hear-nothing', tone: 'bad', value: 0 });
  }
  const theirs = last.remote_loss_percent ?? 0;
  if (theirs >= LOSS_PERCENT) found.push({ kind: 'they-lose', tone: 'bad', value: theirs });
  const ours = last.loss_percent ?? 0;
  if (dry < NO_SOUND_S && ours >= LOSS_PERCENT) found.push({ kind: 'we-lose', tone: 'fair', value: ours });
  const still = tail(seconds, (now) => (now.level_out_dbov ?? 0) <= SILENCE_DBOV);
  if (!quiet.muted && !noMicrophone && still >= MIC_SILENT_S) found.push({ kind: 'mic-silent', tone: 'fair', value: still });
  return found;
}

/** How many seconds at the end all hold. */
function tail(seconds: readonly Second[], holds: (now: Media) => boolean): number {
  let count = 0;
  for (let at = seconds.length - 1; at >= 0 && holds(seconds[at]!.figures); at -= 1) count += 1;
  return count;
}
