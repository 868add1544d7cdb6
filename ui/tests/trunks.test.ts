import { afterEach, expect, test, vi } from 'vitest';
import { profiles } from '../src/host/mock/profiles';
import { line, trunk } from '../src/host/mock/seed';
import { profileWords } from '../src/lib/profile-words';
import { blankTrunk, fromProfile, inOrder, lacking, lineState } from '../src/lib/trunks';
import { lineWhy } from '../src/lib/line-words';
import type { Event, Host, TrunkLine } from '../src/host';
import { Lines } from '../src/state/lines.svelte';

afterEach(() => vi.useRealTimers());

test('a line is filled with what its profile knows, never with guesses', () => {
  const all = profiles();
  expect(all.length).toBeGreaterThanOrEqual(12);
  const sipgate = fromProfile(all.find((one) => one.name === 'sipgate')!, ['PCMU', 'PCMA']);
  expect(sipgate.trunk).toMatchObject({ domain: 'sipconnect.sipgate.de', expires: 600, profile: 'sipgate' });
  // G722 is what the provider likes best, and what this phone lacks.
  expect(sipgate.media.codecs).toEqual(['PCMA', 'PCMU']);
  for (const profile of all) expect(profileWords(profile).encryption).toMatch(/both|signalling|sound|none/);
});

test('what a line lacks is named', () => {
  const made = trunk('A', 'sip.example.net', [], 'GB');
  expect(lacking(made, [])).toBeNull();
  expect(lacking(made, ['A'])).toBe('taken');
  const called = (name: string) => lacking({ ...made, trunk: { ...made.trunk, name } }, ['My-office']);
  expect([called('My office'), called('My office-'), called('Your office'), called(' A')]).toEqual(['taken', 'taken', null, 'name']);
  const changed = (part: object) => lacking({ ...made, trunk: { ...made.trunk, ...part } }, []);
  expect(changed({ name: '' })).toBe('name');
  expect(changed({ domain: 'a b' })).toBe('domain');
  expect(changed({ domain: 'http://x' })).toBe('domain');
  expect(changed({ user: 'a@b' })).toBe('user');
  expect(changed({ user: '', register: false })).toBeNull();
  expect(changed({ proxy: '[2001:db8::1]:5060' })).toBeNull();
  expect(changed({ registrar: 'x y' })).toBe('host');
  expect(lacking(blankTrunk(), [])).toBe('name');
});

test('calls try usable lines first, the preferred one among equals', () => {
  const named = (name: string, part: object) => line(trunk(name, 'x', [], 'GB'), part);
  const lines = [
    named('down', { trouble: 'no address' }),
    named('off', { registration: { state: 'unregistered' } }),
    named('one', {}),
    named('two', {}),
  ];
  expect(inOrder(lines, 'two').map((one) => one.settings.trunk.name)).toEqual(['two', 'one', 'off', 'down']);
  expect(lines.map(lineState)).toEqual(['down', 'off', 'up', 'up']);
});

test('calls try the built-in trunk only where there is no other line', () => {
  const builtIn = line(trunk('built-in', '127.0.0.1', ['+15550100'], 'US'), { embedded: true });
  const broken = line(trunk('broken', 'x', [], 'GB'), { trouble: 'no address' });
  expect(inOrder([builtIn], null)).toEqual([builtIn]);
  expect(inOrder([builtIn, broken], 'built-in')).toEqual([broken]);
});

test('what is told of a line while it is kept is newer than the answer', async () => {
  let answer: (line: TrunkLine) => void = () => undefined;
  const lines = new Lines({ saveTrunk: () => new Promise<TrunkLine>((told) => (answer = told)) } as unknown as Host);
  const made = trunk('a', 'x', [], 'GB');
  const registration = (state: object, refresh_in_ms: number | null = null) =>
    lines.take({ event: 'registration', trunk: 'a', registration: state, rtt_ms: null, refresh_in_ms } as Event);
  const kept = lines.save(made, null);
  registration({ state: 'registering' });
  registration({ state: 'registered', expires: 60, contact: '', contacts: [], associated: [], path: [], took_ms: 4 }, 30_000);
  answer(line(made, { registration: { state: 'registering' }, rtt_ms: null, refresh_in_ms: null }));
  await kept;
  expect(lineState(lines.named('a')!)).toBe('up');
  expect(lines.refreshAt['a']).toBeGreaterThan(Date.now());
  registration({ state: 'unregistered' });
  expect(lineState(lines.named('a')!)).toBe('off');
});

test('what comes next is counted from what was told, whenever the window opens', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
  const lines = new Lines({} as Host);
  const a = () => [lines.refreshAt['a'], lines.retryAt['a'], lines.named('a')!.rtt_ms];
  const tell = (registration: object, rtt_ms: number | null, refresh_in_ms: number | null) =>
    lines.take({ event: 'registration', trunk: 'a', registration, rtt_ms, refresh_in_ms } as Event);
  lines.load([line(trunk('a', 'x', [], 'GB'), { rtt_ms: 30, refresh_in_ms: 7000 })]);
  expect(a()).toEqual([1_007_000, undefined, 30]);
  tell({ state: 'registered', expires: 600, contact: '', contacts: [], associated: [], path: [], took_ms: 90 }, 20, 538_000);
  expect(a()).toEqual([1_538_000, undefined, 20]);
  tell({ state: 'failed', code: null, why: 'no way', retry_in_ms: 4000 }, null, null);
  expect(a()).toEqual([undefined, 1_004_000, null]);
  expect(lines.named('a')!.lost_at_ms).toBe(1_000_000);
  expect([lines.retryIn('a', 1_000_500), lines.retryIn('a', 1_009_000), lines.retryIn('b', 0)]).toEqual([4, 0, null]);
});

test('every state of a line says why', () => {
  const states = [
    line(trunk('a', 'x', [], 'GB')), line(trunk('a', 'x', [], 'GB'), { trouble: 'port taken' }),
    line(trunk('a', 'x', [], 'GB'), { registration: { state: 'refused', code: 403, reason: 'Forbidden', advice: 'Ask.' } }),
    line(trunk('a', 'x', [], 'GB'), { registration: { state: 'failed', code: null, why: 'no way', retry_in_ms: 1 } }),
    line(trunk('a', 'x', [], 'GB'), { registration: { state: 'registering' } }),
  ];
  for (const one of states) expect(lineWhy(one).text.length).toBeGreaterThan(5);
  expect(lineWhy(states[2]!)).toEqual({ text: 'The trunk refused the registration: 403 Forbidden.', advice: 'Ask.' });
  const long = line(trunk('a', 'x', [], 'GB'), { registration: { state: 'refused', code: 403, reason: 'x'.repeat(300), advice: '' } });
  expect(lineWhy(long).text).toMatch(/ 403 x{128}…\.$/);
});
