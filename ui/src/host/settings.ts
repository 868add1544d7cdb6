/** All that the window remembers; the shell keeps it and hands it back. */
export type { Settings } from './generated/store';
