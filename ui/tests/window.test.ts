// @vitest-environment jsdom
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallReport, Command, DeviceNews } from '../src/host';
import { Mock } from '../src/host/mock';
import { begin } from '../src/host/mock/scenario';
import { REGISTERED } from '../src/host/mock/seed';
import { speak } from '../src/i18n';
import { deviceWords } from '../src/lib/device-words';
import { App } from '../src/state/app.svelte';
import { verstat } from '../src/state/live-call.svelte';
import Root from '../src/Root.svelte';
import Window from '../src/Window.svelte';
import { LINKS } from './hostile-links';

let mock: Mock;
let app: App;

async function phone(scenario: string): Promise<void> {
  mock = new Mock(1);
  begin(mock, scenario);
  app = new App(mock.host());
  await app.load();
}

const commands = (kind: Command['command']) => mock.commands.filter((one) => (one as Command).command === kind) as Command[];

beforeEach(() => {
  vi.useFakeTimers();
  location.hash = '';
});
afterEach(() => vi.useRealTimers());

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

describe('passwords where there is no keyring', () => {
  const words = async (text: string, press: string) => {
    const field = document.querySelector<HTMLInputElement>('form.note input')!;
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    [...document.querySelectorAll<HTMLButtonElement>('form.note button')].find((one) => one.textContent === press)!.click();
    await pass(10);
    flushSync();
  };
  const said = () => document.querySelector('form.note')?.textContent ?? null;

  test('a file is opened by its passphrase only', async () => {
    await phone('locked');
    const window = mount(Window, { target: document.body, props: { app } });
    flushSync();
    await words('wrong', 'Open');
    expect(said()).toContain('try again');
    await words('correct horse', 'Open');
    expect(said()).toBeNull();
    await unmount(window);
  });

  test('who keeps none is asked for each line', async () => {
    await phone('offline');
    const window = mount(Window, { target: document.body, props: { app } });
    flushSync();
    expect(said()).toContain('no bus of the session');
    await words('', 'Ask each time');
    expect(mock.settings.asks_at_start).toBe(true);
    expect(said()).toContain('Password of Telnyx London');
    await words('hunter2', 'Register');
    expect(said()).toBeNull();
    await unmount(window);
  });
});

describe('dialling', () => {
  test('a national number goes out in E.164 with our number of that country', async () => {
    await phone('usual');
    app.dialler.text = '020 7946 0732';
    await app.dialler.dial();
    expect(commands('dial')).toMatchObject([{ trunk: 'Telnyx London', dial: { to: '+442079460732', from: '+442079460018', sound: { source: 'port', record: null } } }]);
    expect(app.dialler.text).toBe('');
    await pass(2000);
    expect(app.calls.selected?.phase).toBe('up');
  });

  test('a first call abroad asks once, and never again', async () => {
    await phone('usual');
    await app.dialler.dialNumber('+33155501010');
    expect(commands('dial')).toHaveLength(0);
    expect(app.dialler.asking?.ask.kind).toBe('country');
    await app.dialler.agree();
    await app.dialler.dialNumber('+33155501011');
    expect(commands('dial')).toHaveLength(2);
    expect(mock.settings.agreed).toEqual(['country:FR']);
  });

  test('the built-in trunk takes calls only while it is alone', async () => {
    await phone('no-line');
    const tryNow = () => app.lines.add(mock.host().tryNow().then(({ line }) => line));
    await tryNow();
    await app.dialler.dialNumber('9000');
    expect(commands('dial')).toMatchObject([{ trunk: 'Built-in trunk', dial: { to: '9000', from: '+15550100' } }]);

    await phone('empty');
    await tryNow();
    expect(app.dialler.dids).toEqual([]);
    await app.dialler.dialNumber('+442079460732');
    expect(commands('dial')).toMatchObject([{ trunk: 'Telnyx London', dial: { from: null } }]);
    // Called again: 9000 is a number there and nowhere else. Another line's call goes by the usual one.
    await app.dialler.dialNumber('9000', null, 'Built-in trunk');
    await app.dialler.dialNumber('9000', null, 'gone');
    expect(commands('dial').slice(1)).toMatchObject([{ trunk: 'Built-in trunk', dial: { to: '9000', from: '+15550100' } }, { trunk: 'Telnyx London' }]);
  });

  test('the line that is to be used first takes the call, also when only another one has numbers', async () => {
    await phone('usual');
    const office = app.lines.named('sipgate')!;
    office.settings.numbers.dids = [];
    await app.preferences.change({ trunk: 'sipgate' });
    // It has failed to register.
    await app.dialler.dialNumber('+442079460732');
    office.registration = { ...REGISTERED };
    await app.dialler.dialNumber('+4930555012355');
    app.dialler.picked = app.dialler.dids[0]!;
    app.dialler.text = '030 555012356';
    await app.dialler.dial();
    expect(commands('dial')).toMatchObject([
      { trunk: 'Telnyx London', dial: { from: '+442079460018' } },
      { trunk: 'sipgate', dial: { to: '+4930555012355', from: null } },
      { trunk: 'Telnyx London', dial: { to: '+4930555012356', from: '+442079460018' } },
    ]);
  });

  test('a contact is shown the number that it was shown last', async () => {
    await phone('usual');
    const own = (number: string) => ({ number, trunk: 'Telnyx London' });
    await app.dialler.dialNumber('+442079460732', own('+442079460019'));
    await app.dialler.dialNumber('+442079460120', own('+442079460018'));
    expect(mock.settings.dids).toEqual({
      'trunk:Telnyx London': '+442079460018', 'country:GB': '+442079460018', 'contact:3': '+442079460019', 'contact:4': '+442079460018',
    });
    app.dialler.text = '020 7946 0732';
    expect(app.dialler.choice).toEqual({ did: own('+442079460019'), why: 'contact-last' });
    app.dialler.text = '020 7946 0733';
    expect(app.dialler.choice).toEqual({ did: own('+442079460018'), why: 'country-last' });
  });

  test('an address that leads to a premium number is asked about', async () => {
    await phone('usual');
    await app.dialler.dialNumber('sip:+19005550100@sip.telnyx.com');
    expect(commands('dial')).toHaveLength(0);
    expect(app.dialler.asking?.ask.kind).toBe('premium');
    await app.dialler.agree();
    expect(commands('dial')).toMatchObject([{ dial: { to: 'sip:+19005550100@sip.telnyx.com' } }]);
  });

  test('a hostile link fills the field and never dials', async () => {
    await phone('usual');
    for (const [uri, text] of LINKS) {
      app.dialler.text = '';
      app.shell({ shell: 'link', uri });
      expect(app.dialler.text).toBe(text ?? '');
      await pass(50);
    }
    expect(mock.commands).toEqual([]);
  });

  test('devices that were taken by themselves are shown as chosen', async () => {
    await phone('usual');
    const chosen = { microphone: null, speaker: 'headset', ring: null };
    app.shell({ shell: 'devices', devices: [], chosen, news: [] });
    expect(app.preferences.now.devices).toEqual(chosen);
  });

  test('without a line it says so', async () => {
    await phone('no-line');
    await app.dialler.dialNumber('+442079460732');
    expect(app.dialler.trouble).toBe('no-line');
  });
});

describe('an emergency call', () => {
  test('waits for no question, no registration and no setting', async () => {
    await phone('offline');
    app.dialler.asking = { ask: { kind: 'country', agree: 'x', country: null }, to: '+33', did: null };
    await app.dialler.dialNumber('112');
    expect(app.dialler.asking).toBeNull();
    expect(mock.commands).toMatchObject([{ command: 'emergency', to: '112', lines: ['Telnyx London', 'sipgate'] }]);
    expect(app.calls.selected?.number).toBe('112');
  });

  test('is shown as the phone goes on by the next line', async () => {
    await phone('offline');
    await app.dialler.dialNumber('112');
    mock.calls[0]!.end('failed', 'remote', 503, 'Service Unavailable', null);
    mock.tellShell({ shell: 'dialled', call: 77, trunk: 'sipgate', number: '112' });
    expect(app.calls.selected).toMatchObject({ id: 77, trunk: 'sipgate', number: '112', phase: 'calling' });
    expect(app.calls.ended).toBeNull();
    const before = app.calls.list.length;
    mock.tellShell({ shell: 'dialled', call: 77, trunk: 'sipgate', number: '112' });
    expect(app.calls.list).toHaveLength(before);
  });

  test('never goes to the built-in trunk where there is another line', async () => {
    await phone('empty');
    await app.lines.add(mock.host().tryNow().then(({ line }) => line));
    await app.dialler.dialNumber('112');
    expect(mock.commands).toMatchObject([{ lines: ['Telnyx London'] }]);
  });
});

describe('calls', () => {
  test('answering puts the call that is up on hold; switching swaps', async () => {
    await phone('incoming-in-call');
    await pass(300);
    const [first, second] = app.calls.list;
    await app.calls.answer(second!);
    await pass(300);
    expect(first!.heldByUs).toBe(true);
    expect(second!.phase).toBe('up');
    await app.calls.swapTo(first!);
    await pass(100);
    expect([first!.heldByUs, second!.heldByUs]).toEqual([false, true]);
    expect(app.calls.selected).toBe(first);
  });

  test('a reload comes back to the calls that go on', async () => {
    await phone('calls');
    expect(app.calls.talking).toHaveLength(3);
    expect(app.calls.selected?.seconds).toHaveLength(410);
  });

  test('digits of a call are shown and sent, and never more than fit', async () => {
    await phone('call');
    for (let at = 0; at < 80; at += 1) await app.calls.press(app.calls.selected!, '7');
    expect(app.calls.selected!.digits).toHaveLength(64);
    expect(commands('send-dtmf')[0]).toMatchObject({ mode: 'rfc4733', digits: '7' });
  });

  test('digits are sent as the line says, as tones where the far end takes no telephone events', async () => {
    await phone('call');
    const call = app.calls.selected!;
    const { media } = app.lines.named(call.trunk)!.settings;
    const ways = [['info', true, 'info'], ['info', false, 'info'], ['inband', true, 'inband'], ['rfc4733', true, 'rfc4733'], ['rfc4733', false, 'inband']] as const;
    for (const [said, agreed] of ways) {
      media.dtmf = said;
      call.canDtmf = agreed;
      await app.calls.press(call, '1');
    }
    expect(commands('send-dtmf').map((one) => 'mode' in one && one.mode)).toEqual(ways.map(([, , sent]) => sent));
  });

  test('of a call to us it is told what they called, of one from us what they are shown', async () => {
    vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
    await phone('calls');
    const window = mount(Window, { target: document.body, props: { app } });
    const facts = (at: number) => {
      app.calls.selectedId = app.calls.list[at]!.id;
      flushSync();
      return document.querySelector('.facts')!.textContent;
    };
    expect(facts(0)).toContain('You show +44 20 7946 0018');
    expect(facts(1)).toContain('They called +44 20 7946 0019');
    expect(facts(1)).not.toContain('You show');
    await unmount(window);
  });

  test('a missed call counts until the history was seen', async () => {
    await phone('incoming');
    await pass(300);
    const before = app.log.missedSince(app.preferences.now.missed_seen_ms);
    mock.calls[0]!.end('cancelled', 'remote', 487, null, null);
    await pass(50);
    expect(app.log.missedSince(app.preferences.now.missed_seen_ms)).toBe(before + 1);
    await app.preferences.change({ missed_seen_ms: Date.now() });
    expect(app.log.missedSince(app.preferences.now.missed_seen_ms)).toBe(0);
  });

  test('calls of poor quality are looked for in the whole history', async () => {
    await phone('usual');
    const asked = vi.spyOn(mock, 'find');
    const window = mount(Window, { target: document.body, props: { app } });
    app.route.go('history');
    flushSync();
    [...document.querySelectorAll<HTMLButtonElement>('.filters button')].find((one) => one.textContent === 'Bad quality')!.click();
    flushSync();
    await pass(10);
    expect(asked.mock.lastCall?.[0]).toMatchObject({ poor: true, missed: false, failed: false });
    await unmount(window);
  });

  test('a call that was declined is not missed', async () => {
    await phone('incoming');
    await pass(300);
    const before = app.log.missedSince(0);
    await app.calls.decline(app.calls.incoming[0]!);
    await pass(50);
    expect(app.calls.incoming).toEqual([]);
    expect(app.log.missedSince(0)).toBe(before);
  });

  test('a device that is listed and cannot be used stays told until it can, or the call is over', async () => {
    await phone('call');
    const window = mount(Window, { target: document.body, props: { app } });
    flushSync();
    const told = () => document.querySelector('.banners')!.textContent;
    const tell = (...news: DeviceNews[]) => {
      app.shell({ shell: 'devices', devices: app.preferences.devices, chosen: app.preferences.now.devices, news });
      flushSync();
    };
    expect(app.preferences.present('speaker')).not.toEqual([]);
    tell({ news: 'refused', role: 'speaker', name: 'Ear', fault: 'busy', why: 'EBUSY' }, { news: 'missing', role: 'speaker' });
    expect(told()).toContain('No speaker: you hear nothing.');
    tell({ news: 'moved', role: 'microphone', name: 'Mouth' });
    expect(told()).toContain('No speaker: you hear nothing.');
    tell({ news: 'moved', role: 'speaker', name: 'Ear' });
    expect(told()).not.toContain('No speaker');
    tell({ news: 'missing', role: 'speaker' });
    await app.calls.hangUp(app.calls.selected!);
    await pass(50);
    expect(app.preferences.missing).toEqual([]);
    await unmount(window);
  });

  test('what happens to devices is worded, and marked in the call', async () => {
    await phone('call');
    const chosen = app.preferences.now.devices;
    app.shell({ shell: 'devices', devices: [], chosen, news: [{ news: 'gone', name: 'Headset' }, { news: 'preferred', role: 'speaker', name: 'Desk' }] });
    expect(app.toast).toBe('Headset is gone. Speaker of the system: Desk.');
    expect(app.calls.selected!.markers.at(-1)).toMatchObject({ kind: 'device', text: app.toast });
    expect(deviceWords({ news: 'moved', role: 'microphone', name: 'Mouth' })).toBe('Microphone: Mouth.');
    expect(deviceWords({ news: 'preferred', role: 'microphone', name: null })).toBe('Microphone of the system: not there.');
    expect(deviceWords({ news: 'refused', role: 'speaker', name: 'Ear', fault: 'busy', why: 'EBUSY' })).toBe('Speaker: Ear is used by another program. (EBUSY)');
    await speak('de', []);
    expect(deviceWords({ news: 'missing', role: 'microphone' })).toBe('Es gibt kein Mikrofon: die Gegenseite hört Stille.');
    expect(deviceWords({ news: 'appeared', name: 'Headset' })).toBe('Headset ist da.');
    await speak('en', []);
  });

  test('a re-INVITE, a change of network and anything else are marked as what they are', async () => {
    await phone('call');
    const [call] = app.calls.list;
    for (const kind of ['re-invite', 'network', 'one-way-in']) app.take({ event: 'notice', call: call!.id, kind, text: kind });
    expect(call!.markers.map((one) => one.kind)).toEqual(['re-invite', 'network', 'notice']);
  });

  test('the SIP messages shown are those of the call that is up, else of the last one', async () => {
    await phone('call');
    await app.showMessages(app.calls.selected);
    expect(app.route).toMatchObject({ screen: 'trace', detail: mock.calls[0]!.callId });
    await app.showMessages(null);
    expect(app.route.detail).toBe(app.log.recent[0]!.call_id);
  });

  test('what is said of encryption is what the phone does, whatever their description offers', async () => {
    await phone('usual');
    await app.calls.dial('+442079460732', 'Telnyx London', null, null);
    const call = app.calls.list[0]!;
    app.take({
      event: 'answered', call: call.id, codec: 'PCMA', remote: null, secure: 'none', dtmf: true, headers: [], sdp: 'm=audio 1 RTP/AVP 8\r\na=crypto:1 AES inline:x\r\na=fingerprint:sha-256 AA\r\n',
      session_expires: null, refresher: null,
    });
    expect(call.sound).toBe('none');
  });

  test('after events were missed the window asks for everything anew', async () => {
    await phone('call');
    const call = app.calls.list[0]!;
    mock.calls = [];
    mock.rows = [];
    const missed = { event: 'notice' as const, call: null, kind: 'events-missed', text: 'The window was too slow.' };
    app.take(missed);
    // What comes meanwhile is taken after the answer.
    app.take(missed);
    mock.tell({ event: 'incoming', call: 90, trunk: 'Telnyx London', from: '+4930123', name: null, did: '', call_id: 'x', secure: true, headers: [], sdp: null });
    void app.calls.dial('+442079460732', 'Telnyx London', null, null);
    await pass(10);
    expect(app.calls.list.map((one) => one.number)).toEqual(['+442079460732', '+4930123']);
    expect(app.calls.named(call.id)).toBeUndefined();
    expect(app.log.recent).toEqual([]);
    expect(app.warning).toBeNull();
  });

  test('a window shows what the last one showed', async () => {
    mock = new Mock(1);
    begin(mock, 'call');
    const { snapshot } = mock.calls[0]!;
    mock.calls[0]!.snapshot = () => ({ ...snapshot.call(mock.calls[0]!), markers: [{ at_ms: 5, kind: 'hold', text: 'resume' }] });
    mock.left = { hash: '#/history/3', dial: '0207', graphs: true };
    app = new App(mock.host());
    await app.load();
    await pass(10);
    expect(app.route).toMatchObject({ screen: 'history', detail: '3' });
    expect(app.dialler.text).toBe('0207');
    expect(app.graphs).toBe(true);
    expect(app.calls.list[0]!.markers).toHaveLength(1);
    const root = mount(Root, { target: document.body, props: { app } });
    app.route.go('lines', 'a/b');
    app.dialler.text = '';
    flushSync();
    expect(mock.left).toEqual({ hash: '#/lines/a%2Fb', dial: '', graphs: true });
    await unmount(root);
  });

  test('events of a call that is gone are ignored', async () => {
    await phone('usual');
    app.take({ event: 'held', call: 77, local: true, remote: false, refused: null });
    app.take({ event: 'ended', report: { call: 77 } as CallReport });
    expect(app.calls.list).toEqual([]);
  });
});

test('checked numbers are told as they are', () => {
  expect(verstat([['From', '<sip:1@x;verstat=TN-Validation-Failed>']])).toBe('failed');
  expect(verstat([['Subject', ';verstat=TN-Validation-Passed']])).toBe('unchecked');
  const from = (said: string) => ['From', `<sip:1;verstat=${said}@x>;tag=1`] as const;
  const words = ['TN-Validation-Passed', 'TN-Validation-Passed-A', 'TN-Validation-Passed-B', 'TN-Validation-Passed-C', 'TN-Validation-Failed-A', 'No-TN-Validation'];
  expect(words.map((one) => verstat([from(one)]))).toEqual(['passed', 'passed', 'partly', 'partly', 'failed', 'unchecked']);
  expect(verstat([from('TN-Validation-Passed-A'), ['P-Asserted-Identity', '<sip:1;verstat=TN-Validation-Passed-B@x>']])).toBe('partly');
  expect(verstat([from('TN-Validation-Passed'), from('TN-Validation-Failed')])).toBe('failed');
  expect(verstat([['From', '"x \\";verstat=TN-Validation-Passed" <sip:1@x>']])).toBe('unchecked');
});

test('whether the number of a caller was checked is said, also where it was not', async () => {
  await phone('usual');
  const window = mount(Window, { target: document.body, props: { app } });
  const said = (verstat: string) => {
    const call = mock.call('in', '+46850555012', '+442079460019');
    call.ring(true, [['P-Asserted-Identity', `<sip:+46850555012;verstat=${verstat}@x>`]]);
    flushSync();
    const text = document.querySelector('.sheet .facts')!.textContent;
    call.end('cancelled', 'remote', 487, null, null);
    flushSync();
    return text;
  };
  expect(said('TN-Validation-Passed')).toContain('Number checked by your provider');
  expect(said('TN-Validation-Passed-B')).toContain('Number checked only in part');
  expect(said('TN-Validation-Failed')).toContain('Number failed');
  expect(said('No-TN-Validation')).toContain('Number not checked');
  await unmount(window);
});

test('hostile text is text on every screen', async () => {
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
  await phone('hostile');
  await pass(300);
  const window = mount(Window, { target: document.body, props: { app } });
  for (const at of ['phone', 'history', 'contacts', 'lines', 'check', 'trace', 'settings'] as const) {
    app.route.go(at, at === 'history' ? '900' : at === 'contacts' ? '0' : at === 'lines' ? '<script>window.__owned=1</script>' : null);
    flushSync();
    await pass(300);
    expect(document.querySelectorAll('script, iframe, img, [onerror], [onload], a[href^="http"], a[href^="java"]')).toHaveLength(0);
    expect(document.body.textContent).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B-\u200F\uFEFF\u0000-\u0008\u000E-\u001F]/);
  }
  expect('__owned' in globalThis).toBe(false);
  expect(document.body.textContent).toContain('<script>window.__owned=1</script>');
  await unmount(window);
});
