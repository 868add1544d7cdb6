import { describe, expect, test } from 'vitest';
import { asksFirst } from '../src/lib/cost';
import { EMERGENCY } from '../src/host/mock/seed';
import { isEmergency, knowEmergencies } from '../src/lib/emergency';
import { key, pretty, preview } from '../src/lib/numbers';

describe('the preview', () => {
  test('reads national numbers in the country of the line', () => {
    expect(preview('020 7946 0018', 'GB')).toMatchObject({ kind: 'number', dial: '+442079460018', shown: '+44 20 7946 0018', country: 'GB', changed: true });
    expect(preview('+44 20 7946 0018', 'DE')).toMatchObject({ dial: '+442079460018', changed: false });
    expect(preview('00442079460018', 'DE').dial).toBe('+442079460018');
    expect(preview('(212) 555-0147', 'US').dial).toBe('+12125550147');
  });

  test('never mangles service numbers, codes and extensions', () => {
    for (const service of ['*43', '*#06#', '100', '1471', '118118', '#31#0301234']) {
      expect(preview(service, 'GB')).toMatchObject({ kind: 'service', dial: service });
    }
  });

  test('leaves a number alone when no country is known', () => {
    expect(preview('0207 946 0018', null)).toMatchObject({ kind: 'number', dial: '02079460018', country: null });
  });

  test('takes addresses as they are', () => {
    expect(preview('alice@example.net', 'GB')).toMatchObject({ kind: 'address', dial: 'sip:alice@example.net' });
    expect(preview('sip:a b@x', 'GB').kind).toBe('words');
  });

  test('knows names from numbers', () => {
    expect(preview('Ada Lind', 'GB')).toMatchObject({ kind: 'words', dial: '' });
    expect(preview('  ', 'GB').kind).toBe('empty');
    expect(preview('+44<script>', 'GB').kind).toBe('words');
  });
});

test('emergency numbers are known in every form', () => {
  for (const to of ['112', '911', '999', '000', '110', '119', '+1911', '9911', '0112', 'sip:911@example.net', 'tel:911;phone-context=+1', 'urn:service:sos', '<urn:service:sos>', '9-1-1', 'SIP:112@x', '00112', '1 1 2', '+000']) {
    expect(isEmergency(to, 'US'), to).toBe(true);
  }
  knowEmergencies({ ...EMERGENCY, SV: '1?3' });
  expect(isEmergency('17', 'FR')).toBe(true);
  expect(isEmergency('100', 'IL')).toBe(true);
  expect(['123', '193', '1234', '113x'].map((to) => isEmergency(to, 'SV'))).toEqual([true, true, false, false]);
  for (const to of ['+15550100', '1000', '9000', '933', '100', '17', 'sip:alice@example.net', '+15559110', '', '+49301122']) {
    expect(isEmergency(to, 'GB'), to).toBe(false);
  }
});

test('cost is asked about once', () => {
  expect(asksFirst('+442079460018', 'GB', [])).toBeNull();
  expect(asksFirst('+33155501010', 'GB', [])).toMatchObject({ kind: 'country', agree: 'country:FR', country: 'FR' });
  expect(asksFirst('+33155501010', 'GB', ['country:FR'])).toBeNull();
  // Nobody knows that it is home.
  expect(asksFirst('+33155501010', null, [])).toMatchObject({ kind: 'country', agree: 'country:FR' });
  expect(asksFirst('+33155501010', null, ['country:FR'])).toBeNull();
  expect(asksFirst('+8816123456', 'GB', ['country:FR'])?.kind).toBe('satellite');
  expect(asksFirst('+870773112233', 'GB', [])?.kind).toBe('satellite');
  expect(asksFirst('+19005550100', 'US', [])?.kind).toBe('premium');
  expect(asksFirst('+449055501234', 'GB', [])?.kind).toBe('premium');
  expect(asksFirst('+449055501234', 'GB', ['number:+449055501234'])).toBeNull();
  // The Caribbean looks like home from the United States, and is not.
  expect(asksFirst('+18765550100', 'US', [])?.kind).toBe('country');
  expect(asksFirst('100', 'GB', [])).toBeNull();
});

test('cost is asked about however the number is written', () => {
  const premium = { kind: 'premium', agree: 'number:+19005550100' };
  for (const to of ['sip:+19005550100@example.net', 'SIPS:+19005550100:x@example.net;user=phone', '<sip:%2B1900%35550100@x>', 'tel:+1-900-555-0100;ext=2', 'callto://+1(900)5550100', '0019005550100', 'sip:0019005550100@x']) {
    for (const home of ['US', null]) expect(asksFirst(to, home, []), to).toMatchObject(premium);
    expect(asksFirst(to, 'US', [premium.agree]), to).toBeNull();
  }
  expect(asksFirst('sip:+442079460018@x', 'GB', [])).toBeNull();
});

test('extensions and names are never asked about', () => {
  for (const to of ['9000', '*43', '0012', '00123456', '118118', '02079460018', 'sip:1000@pbx.example.net', 'sip:+1000@x', 'tel:100', 'sip:alice@+19005550100.example.net', 'sip:+alice@x', 'sip:10.0.0.1', 'sip:[2001:db8::1]:5060', 'Ada Lind', '']) {
    for (const home of ['US', null]) expect(asksFirst(to, home, []), to).toBeNull();
  }
});

test('ordinary numbers are not taken for premium ones', () => {
  for (const [number, home] of [['+4790123456', 'NO'], ['+447900123456', 'GB'], ['+353851234567', 'IE'], ['+6493001234', 'NZ'], ['+442079460018', 'GB'], ['+4930901820', 'DE'], ['+4915112345678', 'DE'], ['+33612345678', 'FR'], ['+393331234567', 'IT'], ['+34612345678', 'ES'], ['+61412345678', 'AU'], ['+819012345678', 'JP'], ['+5511987654321', 'BR'], ['+31612345678', 'NL'], ['+4791234567', 'NO']] as const) {
    expect(asksFirst(number, home, []), number).toBeNull();
  }
});

test('two spellings of a number are one', () => {
  expect(key('020 7946 0018', 'GB')).toBe(key('+44 (0)20 7946 0018', 'GB'));
  expect(key('sip:+442079460018@x', null)).toBe('+442079460018');
  expect(pretty('anonymous')).toBe('anonymous');
});

test('the plans that the window carries format every number as the whole ones do', async () => {
  const { default: plans } = await import('libphonenumber-js/min/metadata');
  const { default: examples } = await import('libphonenumber-js/mobile/examples');
  const { default: core } = await import('libphonenumber-js/core');
  const { leanPlans } = await import('../tools/lean-numbers.mjs');
  const lean = leanPlans(structuredClone(plans));
  expect(JSON.stringify(lean).length).toBeLessThan(JSON.stringify(plans).length * 0.95);
  for (const country of Object.keys(plans.countries) as (keyof typeof examples)[]) {
    for (const number of [examples[country], String(examples[country] ?? '').replace(/.$/, ''), '12345678', '2079460018', '800123456', '301234567']) {
      const shown = [plans, lean].map((of) => core(number ?? '', country, of)?.formatInternational());
      expect(shown[1], `${country} ${number}`).toBe(shown[0]);
    }
  }
});
