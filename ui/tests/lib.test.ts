import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Call, Role, Second } from '../src/host';
import { NO_MEDIA } from '../src/host/mock/quality';
import { nextStep, outcomeLook, outcomeWord } from '../src/lib/advice';
import { banners } from '../src/lib/banners';
import { coalesce } from '../src/lib/coalesce';
import { chooseDid, didsIn, learntDids } from '../src/lib/dids';
import { keepNewest, mosOf, sparkPath } from '../src/lib/figures';
import { figure, grade } from '../src/lib/quality';
import { actionOf, ariaKeys, bindings, keyNames, refusedBinding, written } from '../src/lib/shortcuts';
import { numbersOf, suggest } from '../src/lib/suggest';
import { byDay, clock, date, dayStart, duration } from '../src/lib/time';
import { VirtualRows } from '../src/lib/virtual';
import { contacts, history, trunk } from '../src/host/mock/seed';

afterEach(() => vi.useRealTimers());

const second = (part: Partial<Second['figures']>, at = 1): Second => ({ at_ms: at * 1000, figures: { ...NO_MEDIA, received: 50, level_out_dbov: -20, ...part } });

describe('our number for a call', () => {
  const all = [{ number: '+442079460018', trunk: 'A' }, { number: '+12025550147', trunk: 'A' }, { number: '+4930555012340', trunk: 'B' }];
  const choose = (part: object) => chooseDid({ all, preferred: null, contact: null, contactId: null, remembered: {}, country: null, ...part });

  test('contact, country, local presence, line, first: in that order', () => {
    const remembered = { 'country:US': '+442079460018', 'trunk:A': '+12025550147' };
    expect(choose({ contact: '+4930555012340', remembered, country: 'US' })).toMatchObject({ why: 'contact', did: { trunk: 'B' } });
    expect(choose({ remembered, country: 'US' })).toMatchObject({ why: 'country-last', did: { number: '+442079460018' } });
    expect(choose({ country: 'DE' })).toMatchObject({ why: 'local', did: { number: '+4930555012340' } });
    expect(choose({ remembered, country: 'FR' })).toMatchObject({ why: 'line', did: { number: '+12025550147' } });
    expect(choose({})).toMatchObject({ why: 'first', did: { number: '+442079460018' } });
  });

  test('what was shown to a contact comes before what was shown to its country or on the line', () => {
    const remembered = { 'contact:7': '+4930555012340', 'country:US': '+442079460018', 'trunk:A': '+12025550147' };
    expect(choose({ contactId: '7', remembered, country: 'US' })).toMatchObject({ why: 'contact-last', did: { trunk: 'B' } });
    expect(choose({ contactId: '8', remembered, country: 'US' })?.why).toBe('country-last');
    expect(choose({ contact: '+12025550147', contactId: '7', remembered })?.why).toBe('contact');
  });

  test('of a preferred line no other line takes the call, but for the number that is kept with the contact', () => {
    const remembered = { 'contact:7': '+442079460018', 'country:US': '+442079460018', 'trunk:A': '+12025550147' };
    const b = { why: 'first', did: { number: '+4930555012340', trunk: 'B' } };
    expect(choose({ preferred: 'B', contactId: '7', remembered, country: 'US' })).toMatchObject(b);
    expect(choose({ preferred: 'B', country: 'GB' })).toMatchObject(b);
    expect(choose({ preferred: 'C', contactId: '7', remembered, country: 'US' })).toBeNull();
    expect(choose({ preferred: 'C', contact: '+442079460018' })?.why).toBe('contact');
  });

  test('a number that is gone is not chosen', () => {
    expect(choose({ contact: '+999' })?.why).toBe('first');
    expect(choose({ all: [] })).toBeNull();
  });

  test('numbers are learnt from the calls that came in', () => {
    const line = trunk('A', 'x', ['+442079460018'], 'GB');
    const came = (did: string, way: 'in' | 'out' = 'in', of = 'A') => ({ way, trunk: of, did });
    expect(learntDids(line, [came('+442079460018'), came('+442079460019'), came('+442079460019'), came('alice'), came('+1', 'in', 'B'), came('+15550100', 'out')])).toEqual(['+442079460019']);
  });

  test('numbers are found in what is pasted', () => {
    expect(didsIn('+44 20 7946 0018\n"+442079460018";(202) 555-0147, abc')).toEqual({ dids: ['+442079460018', '2025550147'], refused: ['abc'] });
  });
});

describe('banners', () => {
  const on = { muted: false, held: false };
  test('tell of silence, loss and a dead microphone', () => {
    expect(banners([second({ received: 0 }), second({ received: 0 })], on)).toMatchObject([{ kind: 'no-sound', value: 2 }]);
    expect(banners([second({ received: 0 })], on)).toEqual([]);
    expect(banners([second({ remote_loss_percent: 18 })], on)).toMatchObject([{ kind: 'they-lose', value: 18 }]);
    expect(banners([second({ loss_percent: 7 })], on)).toMatchObject([{ kind: 'we-lose' }]);
    const still = Array.from({ length: 5 }, () => second({ level_out_dbov: -100 }));
    expect(banners(still, on)).toMatchObject([{ kind: 'mic-silent' }]);
    expect(banners([second({ one_way: 'out' })], on)).toMatchObject([{ kind: 'they-hear-nothing' }]);
  });

  test('tell of a device that is not there, held or not, and not twice', () => {
    const still = Array.from({ length: 5 }, () => second({ level_out_dbov: -100 }));
    const kinds = (quiet: typeof on, ...lacking: Role[]) => banners(still, quiet, lacking).map((one) => one.kind);
    expect(kinds(on, 'microphone', 'ring')).toEqual(['no-microphone']);
    expect(kinds({ muted: false, held: true }, 'microphone', 'speaker')).toEqual(['no-microphone', 'no-speaker']);
    expect(kinds(on, 'speaker')).toEqual(['no-speaker', 'mic-silent']);
    expect(banners([], on, ['speaker'])).toMatchObject([{ kind: 'no-speaker', tone: 'bad' }]);
  });

  test('are quiet when silence is wanted', () => {
    const still = Array.from({ length: 9 }, () => second({ received: 0, level_out_dbov: -100 }));
    expect(banners(still, { muted: false, held: true })).toEqual([]);
    expect(banners(still.map((one) => ({ ...one, figures: { ...one.figures, received: 50 } })), { muted: true, held: false })).toEqual([]);
  });
});

describe('outcomes', () => {
  const call = (part: Partial<Call>) => ({ ...history(0)[2]!, advice: null, ...part });
  test('are never a bare "failed"', () => {
    expect(outcomeWord(call({ code: 486 }))).toBe('Busy');
    expect(outcomeWord(call({ code: 401 }))).toContain('password');
    expect(outcomeWord(call({ outcome: 'timed-out', code: null }))).toBe('Nobody answered');
    expect(outcomeWord({ ...call({ outcome: 'failed', code: null }), unreachable: true })).toContain('could not be reached');
    expect(outcomeWord(call({ way: 'in', outcome: 'cancelled' }))).toBe('Missed');
    const elsewhere = call({ way: 'in', outcome: 'cancelled', answered_at_ms: null, cause: 26 });
    expect([outcomeWord(elsewhere), outcomeLook(elsewhere).icon]).toEqual(['Answered elsewhere', 'in']);
    expect(outcomeWord(call({ state: 'interrupted' }))).toContain('ended during');
    for (const part of [{ way: 'in', state: 'ringing' }, { way: 'out', state: 'answered' }] as const) {
      const underWay = call({ ...part, outcome: null, code: null });
      expect([outcomeWord(underWay), outcomeLook(underWay), nextStep(underWay)]).toEqual(['Still going on', { icon: part.way, tone: 'none' }, null]);
    }
    expect(nextStep(call({ code: 408 }))).toContain('TCP or TLS');
    expect(nextStep(call({ code: 999, advice: 'Do this.' }))).toBe('Do this.');
  });

  test('are told by shape too', () => {
    const shapes = [call({}), call({ way: 'in', answered_at_ms: null, outcome: 'cancelled' }), call({ outcome: 'answered' }), call({ way: 'in', answered_at_ms: 1 })];
    expect(new Set(shapes.map((one) => outcomeLook(one).icon)).size).toBe(4);
    expect(outcomeLook(call({ way: 'in', answered_at_ms: null, outcome: 'rejected' })).icon).toBe('in');
  });
});

describe('time', () => {
  test('days are local days, newest first', () => {
    const now = new Date(2026, 10, 26, 9).getTime();
    const at = [new Date(2026, 10, 26, 8), new Date(2026, 10, 25, 23, 59), new Date(2026, 10, 25, 0), new Date(2025, 11, 31)].map(Number);
    const days = byDay(at, (one) => one, dayStart(now), { today: 'T', yesterday: 'Y' }, 'en-GB');
    expect(days.map((day) => [day.name, day.items.length])).toEqual([['T', 1], ['Y', 2], [expect.stringMatching(/Wednesday,? 31 December 2025/), 1]]);
  });

  test('are written without a new form of Intl for each', () => {
    [clock, date].forEach((write) => write(0, 'en-GB'));
    const made = vi.spyOn(Intl, 'DateTimeFormat');
    const day = date(Date.UTC(2026, 1, 3, 12), 'en-GB');
    const hours = new Set([1, 2, 3].map((hour) => clock(hour * 3_600_000, 'en-GB')));
    expect(made).not.toHaveBeenCalled();
    // The computer is in another time zone.
    const zone = vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-765);
    made.mockImplementation(function () { return { format: () => 'elsewhere' }; } as never);
    expect(clock(0, 'en-GB')).toBe('elsewhere');
    for (const spy of [zone, made]) spy.mockRestore();
    expect([day, hours.size]).toEqual(['3 Feb', 3]);
  });

  test('durations', () => {
    expect([0, 61_000, 3_729_000, -5].map(duration)).toEqual(['0:00', '1:01', '1:02:09', '0:00']);
  });
});

describe('shortcuts', () => {
  const press = (key: string, held: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });
  test('are read, switched and rebound', () => {
    const bound = bindings(false, { hold: 'F4' });
    expect(actionOf(written(press('k', { ctrlKey: true }), false)!, bound)).toBe('dial-field');
    expect(actionOf(written(press('A', { ctrlKey: true, shiftKey: true }), false)!, bound)).toBe('answer');
    expect(actionOf('F4', bound)).toBe('hold');
    expect(actionOf('Mod+H', bound)).toBeNull();
    expect(actionOf('Mod+3', bound)).toEqual({ call: 3 });
    expect(written(press('Shift'), false)).toBeNull();
    expect(actionOf(written(press('m', { metaKey: true, shiftKey: true }), true)!, bindings(true, {}))).toBe('mute');
    expect(keyNames('Mod+K', true)).toEqual(['⌘', 'K']);
    expect([ariaKeys('Mod+Shift+A', false), ariaKeys('Mod+K', true)]).toEqual(['Control+Shift+A', 'Meta+K']);
  });

  test('typing and copying cannot be taken away', () => {
    for (const keys of ['A', 'Shift+A', 'Enter', 'Mod+C', 'Mod+V', 'Mod+1', 'Alt+F4']) expect(refusedBinding(keys), keys).toBe(true);
    for (const keys of ['F9', 'Alt+H', 'Mod+Shift+X']) expect(refusedBinding(keys), keys).toBe(false);
  });

  test('no two actions share keys', () => {
    for (const mac of [true, false]) {
      const keys = Object.values(bindings(mac, {}));
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

test('suggestions join contacts and history, best first', () => {
  const found = (text: string) => suggest(text, contacts(), history(Date.now()), 'GB').map((one) => one.name || one.number);
  expect(found('ada')[0]).toBe('Ada Lindqvist');
  expect(found('el idr')[0]).toBe('Fatima Zahra El Idrissi');
  expect(found('brzecz')[0]).toBe('Grzegorz Brzęczyszczykiewicz');
  expect(found('7946 01')).toContain('+442079460199');
  expect(found('7946 01').filter((one) => one === 'Dana Whitfield')).toHaveLength(1);
  expect(found('zzz')).toEqual([]);
});

test('a name stands for the numbers of its contacts, as calls may have them', () => {
  const numbers = (text: string) => numbersOf(text, contacts(), 'GB');
  expect(numbers('lindqvist')).toEqual(['+46850555012', '+46701740605']);
  expect(numbers('network oper')).toEqual(['+442079460732']);
  expect(numbers('echo')).toEqual(expect.arrayContaining(['sip:echo@sip.telnyx.com', 'echo']));
  expect([numbers(''), numbers('zzz'), numbers('7946')]).toEqual([[], [], []]);
  const one = contacts()[2]!;
  expect(numbersOf('chidi', [{ ...one, numbers: [{ label: '', number: '020 7946 0732' }] }], 'GB')).toEqual(['+442079460732', '02079460732']);
  const many = Array.from({ length: 80 }, (_, at) => ({ ...one, numbers: [{ label: '', number: `+4420794601${at}` }] }));
  expect(numbersOf('chidi', many, 'GB')).toHaveLength(50);
});

test('a flood is drawn at most once in a while, newest value first', () => {
  vi.useFakeTimers();
  const seen: number[] = [];
  const meter = coalesce<string, number>(100, (values) => seen.push(values.get('a')!));
  for (let at = 0; at < 1000; at += 1) meter.put('a', at);
  vi.advanceTimersByTime(100);
  expect(seen).toEqual([999]);
  meter.put('a', 1);
  meter.stop();
  vi.advanceTimersByTime(1000);
  expect(seen).toEqual([999]);
});

test('figures and grades', () => {
  expect([4.4, 4.05, 3.7, 3.2, 2.6, 2, null].map((mos) => grade(mos).word)).toEqual(['excellent', 'good', 'fair', 'poor', 'bad', 'unusable', 'unknown']);
  expect(figure(null)).toBe('–');
  expect(figure(Number.NaN, 1, 'ms')).toBe('–');
  expect(figure(1.25, 1, '%')).toBe('1.3\u00a0%');
  expect(sparkPath([1, null, 3], 20, 10, 1, 3)).toBe('M0.0 10.0M20.0 0.0');
  expect(mosOf([second({ mos_cq: 4 }), second({ mos_cq: 3 })])).toEqual({ least: 3, mean: 3.5 });
});

test('a call of a day stays bounded in the window', () => {
  let all: Second[] = [];
  for (let at = 0; at < 4000; at += 1) all = keepNewest(all, second({}, at));
  expect(all).toHaveLength(3600);
  expect(all[0]!.at_ms).toBe(400_000);
});

test('thousands of rows draw a screenful', () => {
  const rows = new VirtualRows(5000, 34, 420).at(34 * 2000);
  expect(rows.last - rows.first).toBeLessThan(40);
  expect(rows.before + rows.after + (rows.last - rows.first) * 34).toBe(5000 * 34);
  expect(new VirtualRows(3, 34, 420).at(0)).toEqual({ first: 0, last: 3, before: 0, after: 0 });
});
