import type { Settings } from '../host';

/** How much noise is taken out of the microphone's sound. */
export const NOISE: Settings['cleaning']['noise'][] = ['off', 'low', 'moderate', 'high', 'very-high'];
