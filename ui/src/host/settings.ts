import type { Settings as Kept } from './shell';

/** All that the window remembers; the shell keeps it and hands it back. */
export type Settings = Kept & {
  /** Language of the window; `null`: that of the system. */
  language: string | null;
};
