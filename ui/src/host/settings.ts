import type { Role, Settings as Kept } from './shell';

/** All that the window remembers; the shell keeps it and hands it back. */
export type Settings = Kept & {
  /** Language of the window; `null`: that of the system. */
  language: string | null;
  /** What is done to the microphone's sound before it is sent. */
  cleaning: { echo: boolean; noise: 'off' | 'low' | 'moderate' | 'high' | 'very-high'; gain: boolean };
  /** Chosen devices under a name, such as a headset; the first whose devices are all there is taken by itself. */
  profiles: ({ name: string } & Record<Role, string | null>)[];
};
