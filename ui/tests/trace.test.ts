// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Host, TraceLine } from '../src/host';
import { Mock } from '../src/host/mock';
import { MockTrace } from '../src/host/mock/trace';
import { asText, callsOf, exactTime, messageTone, sieve } from '../src/lib/messages';
import { Trace } from '../src/state/trace.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const line = (part: Partial<TraceLine>): TraceLine => ({
  number: 1, trunk: 'A', at_ms: 0, way: 'sent', transport: 'UDP', remote: '192.0.2.1:5060', call_id: 'a', summary: '', raw: '', retransmission: false, fault: null, ...part,
});

test('messages are narrowed by trunk, call and all words, in any case and as they are written', () => {
  const all = [line({ raw: 'INVITE x\r\nUser-Agent: Acme (1.0)' }), line({ trunk: 'B', raw: 'BYE y', call_id: 'b' }), line({ raw: 'OPTIONS', call_id: null })];
  const found = (part: object) => all.filter(sieve({ trunk: '', callId: '', text: '', ...part })).map((one) => one.raw.split(' ')[0]);
  expect(found({})).toHaveLength(3);
  expect(found({ trunk: 'B' })).toEqual(['BYE']);
  expect(found({ callId: 'a' })).toEqual(['INVITE']);
  expect(found({ text: 'acme (1.' })).toEqual(['INVITE']);
  expect(found({ text: 'acme bye' })).toEqual([]);
  expect(found({ text: '.*' })).toEqual([]);
  expect(found({ text: '192.0.2.1' })).toHaveLength(3);
});

test('calls are found in the messages, each once, the newest first', () => {
  const all = [
    line({ summary: 'INVITE sip:+441@x SIP/2.0', call_id: 'a' }), line({ summary: 'INVITE sip:+441@x SIP/2.0', call_id: 'a' }),
    line({ summary: 'REGISTER sip:x SIP/2.0', call_id: 'r' }), line({ summary: 'INVITE sip:bob@y;transport=tcp SIP/2.0', call_id: 'b', way: 'received', at_ms: 9 }),
  ];
  expect(callsOf(all)).toEqual([{ callId: 'b', at_ms: 9, way: 'received', to: 'bob' }, { callId: 'a', at_ms: 0, way: 'sent', to: '+441' }]);
});

test('a challenge and a call that is taken back are no failures', () => {
  expect(['SIP/2.0 401 x', 'SIP/2.0 407 x', 'SIP/2.0 487 x', 'SIP/2.0 486 x', 'SIP/2.0 200 OK', 'INVITE'].map(messageTone)).toEqual(['', '', '', 'bad', 'good', '']);
});

test('messages as text name time, way and trunk', () => {
  expect(asText([line({ raw: 'BYE x\r\n' })], (one) => exactTime(one.at_ms).slice(-7), { sent: 'out', received: 'in' })).toBe(':00.000 out A\nBYE x\r\n');
});

test('the window keeps the newest thousands, draws them in steps and hears nothing after it closed', async () => {
  const source = new MockTrace();
  source.night(8000);
  const host: Host = { ...new Mock(1).host(), trace: (numbers, told, stop) => source.watch(numbers, told, stop) };
  const trace = new Trace(host);
  trace.open(false);
  await vi.advanceTimersByTimeAsync(300);
  expect(trace.lines).toHaveLength(5000);
  trace.following = false;
  for (let at = 0; at < 50; at += 1) source.add('sent', `OPTIONS sip:${at} SIP/2.0`, null);
  expect(trace.lines).toHaveLength(5000);
  await vi.advanceTimersByTimeAsync(300);
  expect(trace.lines).toHaveLength(5050);
  trace.close();
  source.add('sent', 'BYE', null);
  await vi.advanceTimersByTimeAsync(300);
  expect(trace.lines).toHaveLength(5050);
});

test('a trace that cannot be read says so', async () => {
  const mock = new Mock(1);
  mock.broken = true;
  const trace = new Trace(mock.host());
  trace.open(false);
  await vi.advanceTimersByTimeAsync(10);
  expect(trace.trouble).toContain('the phone has stopped');
});
