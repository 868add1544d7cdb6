import type { TraceLine } from '../trace';
import type { Call } from '../store';
import type { Event } from '../types';
import { ladder } from './ladder';

/** So many messages a batch, as the shell sends them. */
const BATCH = 500;

/** The trace of the mock: what a few calls left, and what happens while it is looked at. */
export class MockTrace {
  lines: TraceLine[] = [];
  #next = 1;
  #told = new Set<(lines: TraceLine[]) => void>();

  /** The messages of a call of the history. */
  call(call: Call): void {
    for (const one of ladder(call)) {
      this.lines.push({ ...this.#line(call.trunk, one.way, one.summary, call.call_id), ...one, at_ms: call.started_at_ms + one.at_ms });
    }
  }

  /** As many OPTIONS with their answers as a night brings. */
  night(count: number): void {
    const from = Date.now() - count * 1000;
    for (let at = 0; at < count; at += 1) {
      const sent = at % 2 === 0;
      const line = this.#line('Telnyx London', sent ? 'sent' : 'received', sent ? 'OPTIONS sip:sip.telnyx.com SIP/2.0' : 'SIP/2.0 200 OK', `night-${at >> 1}@192.0.2.17`);
      this.lines.push({ ...line, at_ms: from + at * 1000 });
    }
  }

  add(way: TraceLine['way'], summary: string, call_id: string | null, part: Partial<TraceLine> = {}): void {
    const line = { ...this.#line('Telnyx London', way, summary, call_id), ...part };
    this.lines.push(line);
    for (const told of this.#told) told([line]);
  }

  /** What an event of the phone looked like on the wire. */
  heard(event: Event, callId: (call: number) => string | null): void {
    if (event.event === 'incoming') this.add('received', `INVITE sip:${event.did}@192.0.2.17 SIP/2.0`, event.call_id);
    else if (event.event === 'progress') this.add('received', `SIP/2.0 ${event.code} ${event.reason}`, callId(event.call));
    else if (event.event === 'answered') this.add('received', 'SIP/2.0 200 OK', callId(event.call));
    else if (event.event === 'held') this.add('sent', 'INVITE sip:203.0.113.8 SIP/2.0', callId(event.call));
    else if (event.event === 'ended') this.add(event.report.hangup_by === 'remote' ? 'received' : 'sent', 'BYE sip:192.0.2.17 SIP/2.0', event.report.call_id);
  }

  async watch(numbers: boolean, told: (lines: TraceLine[]) => void, stop: AbortSignal): Promise<void> {
    const shown = (lines: TraceLine[]) => told(structuredClone(numbers ? lines : lines.map(masked)));
    for (let at = 0; at === 0 || at < this.lines.length; at += BATCH) shown(this.lines.slice(at, at + BATCH));
    this.#told.add(shown);
    await new Promise<void>((done) => stop.addEventListener('abort', () => done(), { once: true }));
    this.#told.delete(shown);
  }

  #line(trunk: string, way: TraceLine['way'], summary: string, call_id: string | null): TraceLine {
    const raw = `${summary}\r\nVia: SIP/2.0/TLS 192.0.2.17:5061;branch=z9hG4bK${this.#next}\r\nCall-ID: ${call_id ?? ''}\r\nUser-Agent: Milliwatt\r\nContent-Length: 0\r\n\r\n`;
    return { number: this.#next++, trunk, at_ms: Date.now(), way, transport: 'TLS', remote: '203.0.113.5:5061', call_id, summary, raw, retransmission: false, fault: null };
  }
}

function masked(line: TraceLine): TraceLine {
  const hide = (text: string) => text.replace(/(sip:\+?)(\d+)(\d{3})@/g, (_, start: string, digits: string, end: string) => `${start}${'*'.repeat(digits.length)}${end}@`);
  return { ...line, summary: hide(line.summary), raw: hide(line.raw) };
}
