import type { MarkerKind } from '../host';

/** Notices of a call that have a marker of their own kind in its graphs. */
export const MARKED: Readonly<Record<string, MarkerKind>> = { 'call-resumed': 're-invite', network: 'network', 're-invite': 're-invite' };

/** Notices of a call that a person has to know of, whether its graphs are open or not. */
export const SHOWN: readonly string[] = [
  'address-refused', 'digits-refused', 'disk-full', 'offer-refused', 'recording', 'recording-failed', 'recording-gap', 'redirect-refused', 'redirected',
  'rtp-timeout', 'sleep', 'sound-failed',
];
