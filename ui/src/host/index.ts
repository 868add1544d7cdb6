export type * from './check';
export type { Host, Stop } from './host';
export type { Settings } from './settings';
export type * from './shell';
export type * from './store';
export type * from './trace';
export type * from './types';

import type { Host } from './host';
import { tauriHost } from './tauri';

/** The phone behind the window. */
export async function connect(): Promise<Host> {
  if (__MOCK__) return (await import('./mock')).mockHost(new URLSearchParams(location.search));
  return tauriHost();
}
