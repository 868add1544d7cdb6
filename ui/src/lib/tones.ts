import type { IconName } from '../parts/icons';
import type { LineState } from './trunks';
import type { Tone } from './quality';

/** How the state of a line is drawn: a shape of its own and a tone; its word stands beside it. */
export const LINE_LOOK: Record<LineState, { icon: IconName; tone: Tone }> = {
  up: { icon: 'check', tone: 'good' },
  direct: { icon: 'check', tone: 'good' },
  busy: { icon: 'wait', tone: 'fair' },
  down: { icon: 'warn', tone: 'bad' },
  off: { icon: 'dash', tone: 'none' },
};
