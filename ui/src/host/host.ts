import type { CheckHost } from './check';
import type { Settings } from './settings';
import type {
  CallPage, Contact, Kept, Left, ProbeStep, ShellEvent, SoundCheck, Start, TrunkLine, TryNow,
} from './shell';
import type { Call, Filter, Profile } from './store';
import type { TraceHost } from './trace';
import type { CallId, Command, Event, Trunk } from './types';

export type Stop = () => void;

/** All that the window knows of the world outside. A refusal rejects with a sentence for people. */
export interface Host extends TraceHost, CheckHost {
  start(): Promise<Start>;
  /** A fresh name for a call that will be dialled. */
  nextCall(): Promise<CallId>;
  /** The window is like this: the next one is to be so again. */
  left(how: Left): Promise<void>;
  command(command: Command): Promise<void>;
  /** Calls an emergency service by the first of these lines; the phone goes on by the next where that comes to nothing. */
  emergency(call: CallId, to: string, lines: string[]): Promise<void>;
  onEvent(heard: (event: Event) => void): Stop;
  onShell(heard: (event: ShellEvent) => void): Stop;

  profiles(): Promise<Profile[]>;
  /** Keeps a trunk and brings it up; the password goes to the keyring, `null` leaves it as it is. */
  saveTrunk(trunk: Trunk, password: string | null): Promise<TrunkLine>;
  removeTrunk(name: string): Promise<void>;
  /** How passwords are kept on this computer. */
  keptPasswords(): Promise<Kept>;
  /** Opens or makes the file of passwords. */
  keepPasswords(passphrase: string): Promise<Kept>;
  /** Looks at a trunk step by step; ends when all steps are told or the signal is given. */
  probe(trunk: Trunk, password: string | null, told: (step: ProbeStep) => void, stop: AbortSignal): Promise<void>;
  /** Starts the carrier in a box; tells its line and a number that answers with an echo. */
  tryNow(): Promise<TryNow>;

  contacts(): Promise<Contact[]>;
  saveContacts(contacts: Contact[]): Promise<Contact[]>;
  removeContact(id: string): Promise<void>;

  history(filter: Filter): Promise<Call[]>;
  callPage(id: number): Promise<CallPage>;

  /** The shell rings; this stops the sound until the next call. */
  silenceRing(): Promise<void>;
  setRecording(call: CallId, on: boolean): Promise<void>;
  /** Ends with the recording, or when it is stopped. */
  playRecording(id: number): Promise<void>;
  stopRecording(): Promise<void>;

  /** Sounds to ring with that were added, by the names of their files. */
  ringtones(): Promise<string[]>;
  /** Asks for a file; null when the user changed their mind. */
  addRingtone(): Promise<string | null>;
  removeRingtone(name: string): Promise<void>;
  /** Ends after a while, or with `stopRecording`. */
  tryRingtone(name: string): Promise<void>;

  /** Keeps what was changed. */
  saveSettings(changed: Partial<Settings>): Promise<void>;
  /** Plays a tone and listens for it. */
  soundCheck(stop: AbortSignal): Promise<SoundCheck>;
  /** Asks where to keep a text and keeps it; false when the user changed their mind. */
  saveFile(name: string, text: string): Promise<boolean>;
  /** All that helps to find a fault, as text for a report: versions, lines, devices, recent messages; masked. */
  supportBundle(): Promise<string>;
  /** Names of the crates in the program by licence (`ui/src/licences/crates.json`). */
  licences(): Promise<Record<string, string[]>>;
}
