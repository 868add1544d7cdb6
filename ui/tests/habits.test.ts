// @vitest-environment jsdom
// What the window does by itself: what it says, where the focus goes, what a key that is held down does.
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Command } from '../src/host';
import { Mock } from '../src/host/mock';
import { seconds } from '../src/host/mock/quality';
import { begin } from '../src/host/mock/scenario';
import { devices as seedDevices } from '../src/host/mock/seed';
import { SHOWN } from '../src/lib/notices';
import { refusedBinding, withoutBare } from '../src/lib/shortcuts';
import GraphDrawer from '../src/parts/GraphDrawer.svelte';
import { App } from '../src/state/app.svelte';
import { listenToKeys } from '../src/state/keyboard';
import Window from '../src/Window.svelte';

// jsdom cannot draw.
vi.mock('uplot', () => ({ default: class { setData() {} setSize() {} destroy() {} } }));

let mock: Mock;
let app: App;
/** Undoes what a test has drawn or listens to. */
let undo: (() => void | Promise<void>)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
  location.hash = '';
});
afterEach(async () => {
  for (const one of undo.splice(0)) await one();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function phone(scenario: string): Promise<void> {
  mock = new Mock(1);
  begin(mock, scenario);
  app = new App(mock.host());
  await app.load();
}

async function pass(ms: number): Promise<void> {
  flushSync();
  await vi.advanceTimersByTimeAsync(ms);
  flushSync();
}

/** Draws the window, and goes somewhere in it. */
async function draw(...at: Parameters<App['route']['go']>): Promise<void> {
  const drawn = mount(Window, { target: document.body, props: { app } });
  undo.push(() => unmount(drawn));
  app.route.go(...at);
  await pass(20);
}

const commands = (kind: Command['command']) => mock.commands.filter((one) => (one as Command).command === kind);
const button = (name: string) => [...document.querySelectorAll<HTMLButtonElement>('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent!.trim()) === name);

async function click(one: HTMLElement | null | undefined): Promise<void> {
  one!.click();
  await pass(10);
}

/** A key goes down; true when the window took it. */
function press(key: string, how: KeyboardEventInit = {}, on: EventTarget = document.body): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...how });
  on.dispatchEvent(event);
  flushSync();
  return event.defaultPrevented;
}

/** Something to press keys on. */
function placed(tag: string): HTMLElement {
  const made = document.body.appendChild(document.createElement(tag));
  undo.push(() => made.remove());
  return made;
}

describe('notices of a call', () => {
  test('stand over every screen where a person has to know of them', async () => {
    await phone('call');
    const call = app.calls.list[0]!;
    for (const kind of SHOWN) {
      app.warning = null;
      mock.tell({ event: 'notice', call: call.id, kind, text: `It is ${kind}.` });
      expect(app.warning).toBe(`It is ${kind}.`);
    }
    app.warning = null;
    for (const kind of ['intruder', 'network', 're-invite', 'sound-again']) mock.tell({ event: 'notice', call: call.id, kind, text: kind });
    expect(app.warning).toBeNull();
    expect(call.markers).toHaveLength(SHOWN.length + 4);
  });

  test('a recording that is cut short is said', async () => {
    await phone('call');
    await draw('contacts');
    await app.calls.record(app.calls.selected!);
    expect(app.calls.selected!.recording).toBe(true);
    mock.tell({ event: 'notice', call: app.calls.selected!.id, kind: 'disk-full', text: 'The disk is full.' });
    mock.tellShell({ shell: 'recording', call: app.calls.selected!.id, on: false });
    flushSync();
    expect(document.querySelector('[role=alert].top')!.textContent).toContain('The disk is full.');
  });

  test('an offer of ours that is taken after a move is marked as a re-INVITE', async () => {
    await phone('call');
    for (const kind of ['network', 'call-resumed']) app.take({ event: 'notice', call: app.calls.list[0]!.id, kind, text: kind });
    expect(app.calls.list[0]!.markers.map((one) => one.kind)).toEqual(['network', 're-invite']);
  });
});

test('missed calls are seen while the window is in front, and not while it lies behind', async () => {
  const here = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  Object.defineProperty(document, 'hidden', { configurable: true, value: false });
  await phone('usual');
  await draw('history');
  const missed = () => app.log.missedSince(app.preferences.now.missed_seen_ms);
  const before = missed();
  expect(before).toBeGreaterThan(0);
  window.dispatchEvent(new Event('focus'));
  await pass(10);
  expect(missed()).toBe(0);
  window.dispatchEvent(new Event('blur'));
  await pass(10);
  const call = mock.call('in', '+46850555012', '+442079460019');
  call.ring();
  call.end('cancelled', 'remote', 487, null, null);
  await pass(50);
  expect(missed()).toBe(1);
  here.mockReturnValue(true);
  Object.defineProperty(document, 'hidden', { configurable: true, value: true });
  document.dispatchEvent(new Event('visibilitychange'));
  await pass(10);
  expect(missed()).toBe(1);
  Object.defineProperty(document, 'hidden', { configurable: true, value: false });
  document.dispatchEvent(new Event('visibilitychange'));
  await pass(10);
  expect(missed()).toBe(0);
  Reflect.deleteProperty(document, 'hidden');
});

test('how a call came out is said in words', async () => {
  const said = () => [...document.querySelectorAll('p.hidden[role=status]')].map((one) => one.textContent).join();
  await phone('usual');
  await draw('phone');
  await app.dialler.dialNumber('+442079460186');
  await pass(1000);
  expect(said()).toMatch(/0186: Busy/);
  await app.dialler.dialNumber('+442079460732');
  await pass(2500);
  await app.calls.hangUp(app.calls.selected!);
  await pass(10);
  expect(said()).toContain(': Ended');
});

test('each call that rings is told by the name of its contact, and those without a sheet are counted', async () => {
  await phone('usual');
  await draw('history');
  const told = () => document.querySelector('p.hidden[role=alert]')?.textContent;
  expect(told()).toBeUndefined();
  mock.call('in', '+46850555012', '+442079460019', 'A. Lindqvist').ring();
  flushSync();
  expect(told()).toBe('Incoming call from Ada Lindqvist to +44 20 7946 0019');
  for (const at of [1, 2, 3]) mock.call('in', `+1202555018${at}`, '+442079460018', `Caller ${at}`).ring();
  flushSync();
  expect(told()).toMatch(/Ada Lindqvist.*Caller 1.*Caller 2.*Caller 3/);
  expect(document.querySelectorAll('.sheet')).toHaveLength(3);
  expect(document.querySelector('.sheets > .chip')!.textContent).toBe('+1');
});

test('it is told when they put the call on hold', async () => {
  await phone('call');
  await draw('contacts');
  app.take({ event: 'held', call: app.calls.list[0]!.id, local: false, remote: true, refused: null });
  flushSync();
  expect([...document.querySelectorAll('p.hidden[role=status]')].map((one) => one.textContent)).toContain('Chidi Okafor: They put you on hold');
});

test('sound before the answer is told as it is shown', async () => {
  await phone('calling');
  await draw('phone');
  const { id } = app.calls.list[0]!;
  app.take({ event: 'progress', call: id, code: 183, reason: 'Session Progress', early_media: true, at_ms: 500 });
  flushSync();
  expect(document.querySelector('.timer .state')!.textContent).toBe('Connecting, sound before the answer');
  expect([...document.querySelectorAll('p.hidden[role=status]')].map((one) => one.textContent)).toContain('Chidi Okafor: Connecting, sound before the answer');
});

test('nobody is told that nothing fits while contacts and calls are read', async () => {
  await phone('slow');
  await draw('phone');
  app.dialler.text = 'zzz';
  flushSync();
  expect(document.querySelector('.recents')!.textContent).toContain('Loading…');
});

test('keys are told as they are bound', async () => {
  await phone('calls');
  await draw('phone');
  const keys = (of: string) => document.querySelector(of)!.getAttribute('aria-keyshortcuts');
  expect([keys('.dial input'), keys('.tabs li:nth-child(2) button')]).toEqual(['Control+K', 'Control+2']);
  app.preferences.now.shortcuts = { 'dial-field': 'F7' };
  flushSync();
  expect(keys('.dial input')).toBe('F7');
});

test('a warning that is put away leaves those that nobody has seen', async () => {
  await phone('usual');
  await draw('phone');
  app.warning = 'First.';
  app.calls.trouble = 'Second.';
  app.preferences.trouble = 'Third.';
  flushSync();
  const shown = () => document.querySelector('[role=alert].top')?.textContent?.trim();
  const seen = [];
  for (let at = 0; at < 3; at += 1) {
    seen.push(shown());
    await click(button('Dismiss'));
  }
  expect([...seen, shown()]).toEqual(['First.', 'Second.', 'Third.', undefined]);
});

test('what this phone does not speak is not offered, and stays where a line has it', async () => {
  await phone('usual');
  const { settings } = app.lines.named('Telnyx London')!;
  settings.trunk.transport = 'wss';
  settings.media.srtp = 'required';
  await draw('lines', 'Telnyx London');
  const offered = (what: string) => {
    const choice = document.querySelector<HTMLSelectElement>(`dialog select[id$="-${what}"]`)!;
    return [choice.value, ...[...choice.options].map((one) => one.textContent)];
  };
  await click(button('Edit'));
  expect(offered('transport')).toEqual(['wss', 'TLS (encrypted)', 'TCP', 'UDP', 'WSS']);
  expect(offered('srtp')).toEqual(['required', 'Off', 'If they can', 'Always']);
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await pass(10);
  const kept = mock.lines.find((one) => one.settings.trunk.name === 'Telnyx London')!.settings;
  expect([kept.trunk.transport, kept.media.srtp]).toEqual(['wss', 'required']);
  app.route.go('lines', 'sipgate');
  await pass(20);
  await click(button('Edit'));
  expect(offered('transport')).toEqual(['tls', 'TLS (encrypted)', 'TCP', 'UDP']);
  expect(offered('srtp')).toEqual(['off', 'Off', 'If they can']);
});

const chosen = { microphone: null, speaker: null, ring: null };
/** The system prefers other speakers. */
const other = seedDevices().map((one) => (one.role === 'speaker' ? { ...one, preferred: one.id === 'spk-2' } : one));

test('a toast is said in a place that was there before, and stays while its button has the focus', async () => {
  await phone('usual');
  await draw('phone');
  const place = document.querySelector('.cards [role=status]')!;
  expect(place.textContent).toBe('');
  mock.tellShell({ shell: 'devices', devices: other, chosen, news: [{ news: 'preferred', role: 'speaker', name: 'Desk' }] });
  await pass(10);
  expect(place.textContent).toBe('Speaker of the system: Desk.');
  button('Undo')!.focus();
  await pass(20_000);
  expect(app.toast).not.toBeNull();
  button('Undo')!.blur();
  await pass(6000);
  expect([app.toast, place.textContent]).toEqual([null, '']);
});

test('a device that was left by itself is put back from its toast', async () => {
  await phone('call');
  await draw('phone');
  for (const news of ['preferred', 'moved'] as const) {
    mock.tellShell({ shell: 'devices', devices: other, chosen, news: [{ news, role: 'speaker', name: 'Desk' }] });
    await pass(10);
  }
  expect(app.toast).toBe('Speaker: Desk.');
  await click(button('Undo'));
  expect(mock.settings.devices).toEqual({ microphone: null, speaker: 'spk-1', ring: null });
  expect(app.toast).toBeNull();
  mock.tellShell({ shell: 'devices', devices: other.filter((one) => one.id !== 'spk-1'), chosen, news: [{ news: 'gone', name: 'Headset' }] });
  await pass(10);
  expect([app.toast, button('Undo')]).toEqual(['Headset is gone.', undefined]);
});

test('a call without a microphone or a speaker says so for as long as that lasts', async () => {
  await phone('call');
  await draw('phone');
  const said = async (devices: ReturnType<typeof seedDevices>) => {
    mock.tellShell({ shell: 'devices', devices, chosen, news: [] });
    await pass(10);
    return document.querySelector('.banners')!.textContent!.trim();
  };
  expect(await said([])).toMatch(/No microphone: they hear nothing\..*No speaker: you hear nothing\./s);
  expect(await said(seedDevices().map((one) => ({ ...one, present: one.role !== 'microphone' })))).toBe('No microphone: they hear nothing.');
  expect(await said(seedDevices())).toBe('');
});

test('a trouble of a call is told once, while its figures go on', async () => {
  await phone('silent-call');
  await draw('phone');
  const told = () => document.querySelector('article.call > p.hidden[role=status]')!.textContent!.trim();
  const shown = () => document.querySelector('.banners')!.textContent!.trim();
  const [first, before] = [told(), shown()];
  expect(first).toMatch(/^No sound received for \d+ s/);
  await pass(3000);
  expect(shown()).not.toBe(before);
  expect(told()).toBe(first);
  app.take({ event: 'held', call: app.calls.list[0]!.id, local: true, remote: false, refused: null });
  flushSync();
  expect(told()).toBe('');
});

test('a call that is over tells what was lost either way', async () => {
  await phone('bad-call');
  await draw('phone');
  const call = mock.calls[0]!;
  Object.assign(call.seconds.at(-1)!.figures, { loss_percent: 6.25, remote_loss_percent: null });
  await app.calls.hangUp(app.calls.selected!);
  await pass(10);
  expect(document.querySelector('.after dl')!.textContent).toContain('Loss6.3\u00a0% lost to us, – lost to them');
  expect(button('Support bundle')).toBeDefined();
});

test('a dialog that closes gives the focus back', async () => {
  await phone('usual');
  await draw('settings');
  const opener = button('Support bundle')!;
  opener.focus();
  await click(opener);
  document.querySelector<HTMLElement>('dialog button')!.focus();
  await click(document.querySelector<HTMLElement>('dialog button'));
  expect(document.querySelector('dialog')).toBeNull();
  expect(document.activeElement).toBe(opener);
});

test('what has another place by then keeps the focus', async () => {
  await phone('usual');
  await draw('phone');
  document.querySelector<HTMLElement>('nav button')!.focus();
  app.showShortcuts = true;
  await pass(10);
  app.showShortcuts = false;
  app.dialler.focus += 1;
  await pass(10);
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Number, name or address');
});

describe('a key', () => {
  const listen = async (scenario: string, shortcuts: Record<string, string> = {}) => {
    await phone(scenario);
    await pass(300);
    app.preferences.now.shortcuts = shortcuts;
    undo.push(listenToKeys(app));
  };

  test('that is held down does its work once', async () => {
    await listen('call', { mute: 'F9' });
    expect(press('F9')).toBe(true);
    for (let at = 0; at < 3; at += 1) expect(press('F9', { repeat: true })).toBe(true);
    expect(commands('mute')).toMatchObject([{ on: true }]);
    press('5');
    for (let at = 0; at < 3; at += 1) press('5', { repeat: true });
    expect(commands('send-dtmf')).toHaveLength(1);
    expect([press('Enter', {}, placed('button')), press('Enter', { repeat: true }, placed('button'))]).toEqual([false, true]);
  });

  test('goes on in fields and lists', async () => {
    await listen('call', { answer: 'Enter' });
    for (const key of ['5', 'a', 'Backspace', 'Enter']) expect(press(key, { repeat: true }, placed('textarea')), key).toBe(false);
    for (const key of ['ArrowDown', 'PageUp', 'Tab']) expect(press(key, { repeat: true }, placed('button')), key).toBe(false);
    expect(mock.commands).toEqual([]);
  });

  test('shows the table by its question mark, but writes it in a field', async () => {
    await listen('usual');
    expect(press('?', { shiftKey: true }, placed('input'))).toBe(false);
    expect(app.showShortcuts).toBe(false);
    expect(press('?', { shiftKey: true })).toBe(true);
    expect(app.showShortcuts).toBe(true);
  });

  test('by itself answers and declines where nothing else wants it', async () => {
    const bare = { answer: 'Enter', 'hang-up': 'Escape' };
    await listen('incoming', bare);
    for (const tag of ['input', 'button']) expect(press('Enter', {}, placed(tag)), tag).toBe(false);
    expect(press('Escape', {}, placed('input'))).toBe(false);
    const dialog = placed('dialog');
    dialog.setAttribute('open', '');
    expect(press('Escape')).toBe(false);
    dialog.remove();
    expect(mock.commands).toEqual([]);
    expect(press('Enter')).toBe(true);
    expect(commands('answer')).toHaveLength(1);
    await pass(300);
    expect(app.calls.selected?.phase).toBe('up');
    expect(press('Escape')).toBe(false);
    expect(commands('hang-up')).toEqual([]);

    await listen('incoming', bare);
    expect(press('Escape', {}, placed('button'))).toBe(true);
    expect(commands('reject')).toHaveLength(1);
  });
});

test('Enter and Escape are bound to what they may do, and not in other programs', async () => {
  expect([refusedBinding('Enter', 'Enter'), refusedBinding('Enter', 'Escape'), refusedBinding('Escape')]).toEqual([false, true, true]);
  expect(withoutBare({ answer: 'Enter', 'hang-up': 'F4' })).toEqual({ 'hang-up': 'F4' });
  await phone('usual');
  await draw('settings');
  const bind = async (action: string, key: string, how: KeyboardEventInit = {}) => {
    const rebind = button(`Change: ${action}`)!;
    if (rebind.getAttribute('aria-pressed') === 'false') await click(rebind);
    press(key, how, rebind);
    await pass(10);
  };
  await bind('Answer', 'Enter', { repeat: true });
  expect(mock.settings.shortcuts).toEqual({});
  await bind('Answer', 'Enter');
  await bind('Hang up or decline', 'Escape');
  await bind('Mute', 'Escape');
  expect(mock.settings.shortcuts).toEqual({ answer: 'Enter', 'hang-up': 'Escape' });
  const everywhere = [...document.querySelectorAll('label')].find((one) => one.textContent!.startsWith('Hot keys'))!.querySelector('input')!;
  await click(everywhere);
  expect([mock.settings.global_hot_keys, mock.settings.shortcuts]).toEqual([true, {}]);
  await bind('Answer', 'Enter');
  expect(mock.settings.shortcuts).toEqual({});
  expect(document.querySelector('p.bad[role=alert]')!.textContent).toContain('needed for typing');
});

test('the table of figures is reached and scrolled by key', async () => {
  const drawn = mount(GraphDrawer, { target: document.body, props: { seconds: seconds(20, 1, 'fine'), markers: [] } });
  undo.push(() => unmount(drawn));
  flushSync();
  const details = document.querySelector('details')!;
  details.open = true;
  details.dispatchEvent(new Event('toggle'));
  flushSync();
  const table = document.querySelector<HTMLElement>('.scroll')!;
  expect([table.tabIndex, table.getAttribute('role'), table.getAttribute('aria-label')]).toEqual([0, 'group', 'Figures as a table']);
});

describe('what is refused', () => {
  const FULL = 'the disk is full';
  const refuse = () => Promise.reject(new Error(FULL));

  /** Presses a button whose work is refused. */
  async function refused(one: HTMLElement | null | undefined): Promise<void> {
    app.toast = null;
    await click(one);
    expect(app.toast).toBe(FULL);
  }

  test('of contacts is said', async () => {
    await phone('usual');
    Object.assign(app.host, { saveFile: refuse, saveContacts: refuse, removeContact: refuse });
    await draw('contacts', '3');
    for (const name of ['CSV Export', 'vCard Export', 'Favourite']) await refused(button(name));
    await click(button('Remove'));
    await refused(document.querySelector<HTMLElement>('dialog .hang'));
    expect(document.querySelector('dialog')).toBeNull();
    await click(button('Edit contact'));
    document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await pass(10);
    expect(document.querySelector('dialog [role=alert]')!.textContent).toContain(FULL);
  });

  test('of a line is said', async () => {
    await phone('usual');
    Object.assign(app.host, { saveFile: refuse, command: refuse, removeTrunk: refuse });
    await draw('lines', 'Telnyx London');
    for (const name of ['Register now', 'Switch off', 'Export without password']) await refused(button(name));
    await click(button('Remove line'));
    await refused(document.querySelector<HTMLElement>('dialog .hang'));
  });

  test('of the first steps is said', async () => {
    const fill = (name: string, text: string) => {
      const label = [...document.querySelectorAll('label')].find((one) => one.textContent!.trim() === name)!;
      const field = document.getElementById(label.htmlFor) as HTMLInputElement | HTMLTextAreaElement;
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    await phone('first-run');
    await draw('welcome');
    await click([...document.querySelectorAll('button')].find((one) => one.textContent!.includes('Enter details')));
    for (const [name, text] of [['Name of the line', 'Example'], ['Domain', 'sip.example.net'], ['User', 'mw-4711']] as const) fill(name, text);
    document.querySelector('.welcome form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await pass(5000);
    await click(button('Use this line'));
    fill('Numbers', '+442079460018');
    Object.assign(app.host, { saveTrunk: refuse });
    await click(button('Next'));
    expect(document.querySelector('.welcome [role=alert]')!.textContent).toContain(FULL);
  });

  test('of a file is said where it was chosen', async () => {
    await phone('usual');
    await draw('contacts');
    const input = document.querySelector<HTMLInputElement>('input[type=file]')!;
    const choose = async (file: object) => {
      Object.defineProperty(input, 'files', { configurable: true, value: [file] });
      input.dispatchEvent(new Event('change', { bubbles: true }));
      await pass(10);
      return input.parentElement!.querySelector('[role=alert]')?.textContent ?? null;
    };
    expect(await choose({ size: 2 ** 24 + 1, text: refuse })).toBe('This file is too large: 16 MB at most.');
    expect(await choose({ size: 9, text: refuse })).toBe(FULL);
    expect(await choose({ size: 9, text: async () => 'Name,Phone\nAda,+46850555013\n' })).toBeNull();
    expect(app.toast).toBe('1 contact imported');
  });
});

test('the echo of the built-in trunk is one click away, and a refusal is told', async () => {
  await phone('usual');
  await draw('phone');
  const tryNow = () => [...document.querySelectorAll('button')].find((one) => one.textContent!.includes('Try it now'));
  const host = { ...app.host };
  Object.assign(app.host, { tryNow: () => Promise.reject(new Error('no socket')) });
  await click(tryNow());
  expect([app.toast, tryNow()!.disabled]).toEqual(['no socket', false]);
  Object.assign(app.host, host);
  await click(tryNow());
  expect(commands('dial')).toMatchObject([{ trunk: 'Built-in trunk', dial: { to: '9000', from: '+15550100' } }]);
  expect(document.querySelector('.call h1')!.textContent).toBe('9000');
});

test('calls are found by the name of their contact', async () => {
  await phone('usual');
  await draw('history');
  const field = document.querySelector<HTMLInputElement>('input[type=search]')!;
  const found = async (text: string) => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await pass(200);
    return document.querySelectorAll('.list [data-row]').length;
  };
  expect([await found('lindqvist'), await found('okafor'), await found('okafor zzz')]).toEqual([1, 2, 0]);
});

test('calls beyond the first page of the history are reached', async () => {
  await phone('years');
  await draw('history');
  const rows = () => document.querySelectorAll('.list [data-row]').length;
  expect(rows()).toBe(500);
  await click(button('Older calls'));
  expect(rows()).toBe(700);
  expect(button('Older calls')).toBeUndefined();
});
