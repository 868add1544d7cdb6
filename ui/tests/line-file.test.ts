import { expect, test } from 'vitest';
import { line, trunk } from '../src/host/mock/seed';
import { readLine, writeLine } from '../src/lib/line-file';
import { blankTrunk } from '../src/lib/trunks';

test('a line goes out without its password and comes back as it was', () => {
  const made = line(trunk('A', 'sip.example.net', ['+442079460018'], 'GB')).settings;
  made.media.rtp_ports = [40000, 40100];
  made.test.billed = false;
  const text = writeLine(made);
  expect(text).not.toContain('keyring');
  expect(readLine(text)).toEqual({ ...made, trunk: { ...made.trunk, password: null } });
});

test('what is no line is refused, and what is odd in one is left out', () => {
  for (const text of ['', 'null', '[]', '{}', '{"trunk":1}', '{"trunk":{"domain":1}}', 'INVITE sip:x']) expect(readLine(text), text).toBeNull();
  const odd = readLine(JSON.stringify({
    trunk: { domain: 'x', name: 7, user: ['a'], register: 'yes', password: { file: '/etc/passwd' }, __proto__: { owned: 1 }, further: 1, expires: 120, proxy: {} },
    numbers: { dids: ['+1', 2] }, media: { rtp_ports: [1] }, tls: 'no', limits: { 'mq.loss': 1 },
  }))!;
  const usual = blankTrunk();
  expect(odd).toEqual({ ...usual, trunk: { ...usual.trunk, domain: 'x', expires: 120 } });
});
