export type Action =
  | 'dial-field' | 'answer' | 'silence' | 'hang-up' | 'mute' | 'hold' | 'record' | 'drawer' | 'ladder' | 'shortcuts'
  | 'phone' | 'history' | 'contacts' | 'lines' | 'check' | 'trace' | 'settings';

/** Keys of each action; `Mod` is Ctrl, on macOS Cmd. */
export const KEYS: Record<Action, string> = {
  'dial-field': 'Mod+K',
  answer: 'Mod+Shift+A',
  silence: 'Mod+Shift+S',
  'hang-up': 'Mod+Shift+D',
  mute: 'Mod+M',
  hold: 'Mod+H',
  record: 'Mod+Shift+R',
  drawer: 'Mod+G',
  ladder: 'Mod+Shift+L',
  shortcuts: 'F1',
  phone: 'Alt+1',
  history: 'Alt+2',
  contacts: 'Alt+3',
  lines: 'Alt+4',
  check: 'Alt+5',
  trace: 'Alt+6',
  settings: 'Mod+,',
};

/** macOS takes Cmd+M and Cmd+H for itself. */
export const MAC_KEYS: Partial<Record<Action, string>> = { mute: 'Mod+Shift+M', hold: 'Mod+Shift+H' };

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** A press as it is written in the table, `null` for a modifier alone. */
export function written(press: Press, mac: boolean): string | null {
  if (['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'Dead'].includes(press.key)) return null;
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  const key = press.key === ' ' ? 'Space' : press.key.length === 1 ? press.key.toUpperCase() : press.key;
  return [mod && 'Mod', other && (mac ? 'Ctrl' : 'Meta'), press.altKey && 'Alt', press.shiftKey && 'Shift', key]
    .filter(Boolean)
    .join('+');
}

/** Keys of all actions, with those that the user bound otherwise. */
export function bindings(mac: boolean, rebound: Readonly<Record<string, string>>): Record<Action, string> {
  return { ...KEYS, ...(mac ? MAC_KEYS : {}), ...rebound } as Record<Action, string>;
}

/** The action of a press, or the call that it switches to (Mod+1 to Mod+9). */
export function actionOf(keys: string, bound: Record<Action, string>): Action | { call: number } | null {
  const call = /^Mod\+([1-9])$/.exec(keys);
  if (call) return { call: Number(call[1]) };
  const found = Object.entries(bound).find(([, of]) => of === keys);
  return found ? (found[0] as Action) : null;
}

/** Keys by themselves that an action may have. They do it while a call comes in, and where nothing else wants them. */
export const BARE: Partial<Record<Action, string>> = { answer: 'Enter', 'hang-up': 'Escape' };

export function isBare(keys: string): boolean {
  return Object.values(BARE).includes(keys);
}

/** Bindings that can work in other programs too, which need keys by themselves for their own use. */
export function withoutBare(rebound: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(rebound).filter(([, keys]) => !isBare(keys)));
}

/** Keys that a new binding may not take: typing, moving and switching calls; `bare` it may. */
export function refusedBinding(keys: string, bare?: string): boolean {
  if (keys === bare) return false;
  return !/^(?:Mod|Ctrl|Meta|Alt)\+|^F\d+$/.test(keys) || /^Mod\+(?:[1-9]|[ACVXZ])$/.test(keys) || keys === 'Alt+F4';
}

/** The same for the eye. */
export function keyNames(keys: string, mac: boolean): string[] {
  const names: Record<string, string> = mac ? { Mod: '⌘', Alt: '⌥', Shift: '⇧', Ctrl: '⌃' } : { Mod: 'Ctrl' };
  return keys.split('+').map((key) => names[key] ?? key);
}

/** The same for screen readers. */
export function ariaKeys(keys: string, mac: boolean): string {
  return keys.replace('Ctrl', 'Control').replace('Mod', mac ? 'Meta' : 'Control');
}

/** Telephone keys by digit or letter key. */
export function padKey(key: string): string | null {
  return /^[\d*#]$/.test(key) ? key : null;
}
