import type { LadderLine, Marker } from '../shell';
import type { Call } from '../store';

/** The messages of a call, as the trace would show them. */
export function ladder(call: Call): LadderLine[] {
  const out = call.way === 'out';
  const ours = out ? 'sent' : 'received';
  const theirs = out ? 'received' : 'sent';
  const lines: LadderLine[] = [];
  const add = (at_ms: number, way: LadderLine['way'], summary: string, method: string, retransmission = false) =>
    lines.push({ at_ms, way, summary, raw: raw(call, summary, method), retransmission });
  const target = `sip:${call.to}@sip.telnyx.com`;
  if (out) {
    add(0, ours, `INVITE ${target} SIP/2.0`, 'INVITE');
    add(38, theirs, 'SIP/2.0 407 Proxy Authentication Required', 'INVITE');
    add(39, ours, `ACK ${target} SIP/2.0`, 'ACK');
  }
  add(41, ours, `INVITE ${target} SIP/2.0`, 'INVITE');
  if (call.code === 408) {
    for (const at of [541, 1541, 3541]) add(at, ours, `INVITE ${target} SIP/2.0`, 'INVITE', true);
    return lines;
  }
  add(82, theirs, 'SIP/2.0 100 Trying', 'INVITE');
  if (call.code === 200 || call.code === 487) add(640, theirs, 'SIP/2.0 180 Ringing', 'INVITE');
  if (call.answered_at_ms === null) {
    add(2200, theirs, `SIP/2.0 ${call.code} ${call.reason ?? ''}`.trim(), 'INVITE');
    add(2201, ours, `ACK ${target} SIP/2.0`, 'ACK');
    return lines;
  }
  add(6200, theirs, 'SIP/2.0 200 OK', 'INVITE');
  add(6202, ours, `ACK ${target} SIP/2.0`, 'ACK');
  const end = call.ended_at_ms! - call.started_at_ms;
  const by = call.hangup_by === 'remote' ? 'received' : 'sent';
  add(end - 40, by, 'BYE sip:mw-4711@192.0.2.17 SIP/2.0', 'BYE');
  add(end, by === 'sent' ? 'received' : 'sent', 'SIP/2.0 200 OK', 'BYE');
  return lines;
}

function raw(call: Call, summary: string, method: string): string {
  return [
    summary, 'Via: SIP/2.0/TLS 192.0.2.17:5061;branch=z9hG4bK7d1a;rport', 'Max-Forwards: 70',
    `From: <sip:${call.from}@sip.telnyx.com>;tag=4f2a`, `To: <sip:${call.to}@sip.telnyx.com>`, `Call-ID: ${call.call_id}`,
    `CSeq: 2 ${method}`, 'Authorization: Digest username="mw-4711", response="***"', 'Content-Length: 0', '', '',
  ].join('\r\n');
}

export function markers(call: Call): Marker[] {
  if (call.answered_at_ms === null || call.ended_at_ms! - call.answered_at_ms < 60_000) return [];
  return [
    { at_ms: 12_000, kind: 'dtmf', text: '2' },
    { at_ms: 31_000, kind: 'hold', text: 'hold' },
    { at_ms: 44_000, kind: 'hold', text: 'resume' },
    { at_ms: 52_000, kind: 'device', text: 'Headset Jabra Evolve2 → Built-in microphone' },
  ];
}
