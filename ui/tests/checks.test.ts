// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Mock } from '../src/host/mock';
import { counts, needsLook, pairs } from '../src/lib/verdicts';
import { Checks } from '../src/state/checks.svelte';

let mock: Mock;
let checks: Checks;

beforeEach(async () => {
  vi.useFakeTimers();
  mock = new Mock(1);
  checks = new Checks(mock.host());
  await checks.load();
  checks.trunk = 'Telnyx London';
});
afterEach(() => vi.useRealTimers());

test('the book is the one of the program', () => {
  expect(checks.book!.checks).toHaveLength(30);
  expect(checks.book!.suites.map((one) => [one.name, one.checks.length > 0])).toEqual([['smoke', true], ['trunk', true], ['full', true], ['sipconnect', true]]);
  for (const one of checks.book!.checks) expect([one.id, one.title, one.what, one.why, one.pass, one.reference].every((text) => text.length > 2), one.id).toBe(true);
});

test('what would be done is told before, and only the newest choice counts', async () => {
  checks.suite = 'full';
  const first = checks.ask(checks.order(false));
  checks.only = ['dns.srv'];
  await Promise.all([first, checks.ask(checks.order(false))]);
  expect(checks.plan).toMatchObject({ calls: 0, numbers: [], refused: null });
  expect(checks.chosen).toEqual(['dns.srv']);
  checks.only = [];
  checks.suite = 'trunk';
  await checks.ask(checks.order(false));
  expect(checks.plan).toMatchObject({ calls: 4, billed: true, numbers: ['+442079460018'] });
});

test('a run tells its steps and results, and can be stopped', async () => {
  const run = checks.start(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(checks.running).toBe(true);
  expect(checks.step?.text).toContain('DNS');
  await vi.advanceTimersByTimeAsync(1500);
  expect(checks.entries.length).toBeGreaterThan(0);
  checks.stop();
  await vi.advanceTimersByTimeAsync(2000);
  await run;
  expect(checks).toMatchObject({ running: false, stopping: true, report: { interrupted: true } });
  checks.clear();
  expect(checks).toMatchObject({ report: null, entries: [] });
});

test('a run that breaks off says why', async () => {
  mock.faulty = true;
  const run = checks.start(true);
  await vi.advanceTimersByTimeAsync(1000);
  await run;
  expect(checks).toMatchObject({ running: false, report: null, trouble: expect.stringContaining('no socket') });
});

test('verdicts are summed and sorted by what needs a person', () => {
  const entry = (verdict: 'pass' | 'fail' | 'skip' | 'warn', required = true) => ({ verdict, required }) as Parameters<typeof needsLook>[0];
  expect(counts([entry('pass'), entry('fail'), entry('pass')])).toEqual([['fail', 1], ['pass', 2]]);
  expect([entry('warn'), entry('skip'), entry('skip', false), entry('pass')].map(needsLook)).toEqual([true, true, false, false]);
  expect(pairs({ took_ms: 41, version: null, names: ['a'] })).toBe('took_ms 41, names ["a"]');
});

/** Fields of a type that is generated. */
function fields(file: string, name: string): string[] {
  const source = readFileSync(`src/host/generated/${file}.ts`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return [...new RegExp(`export type ${name} = \\{(.*?)\\};`, 's').exec(source)![1]!.matchAll(/(\w+):/g)].map((one) => one[1]!);
}

test('results and plan have the fields of the schemas', () => {
  const schema = (name: string) => JSON.parse(readFileSync(`../docs/schemas/${name}.json`, 'utf8'));
  const report = schema('check');
  const own = ['id', 'refused'];
  const missing = (ours: string[], theirs: object) => ours.filter((one) => !own.includes(one) && !(one in theirs));
  expect(missing(fields('shell', 'CheckReport'), report.properties)).toEqual([]);
  expect(missing(fields('checks', 'CheckEntry'), report.$defs.entry.properties)).toEqual([]);
  expect(fields('shell', 'CheckPlan')).toContain('billed');
  expect(missing(fields('shell', 'CheckPlan'), schema('plan').properties)).toEqual([]);
});
