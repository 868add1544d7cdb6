import type { Start } from '../host';

/** Known in every country and by every network. */
const EVERYWHERE = ['112', '911', '999', '000', '110', '119'];

/** Further numbers by country; elsewhere they may be extensions or ordinary service numbers. */
let byCountry: Start['emergency'] = {};

/** Takes the phone's table: with spaces between, `?` for any digit. */
export function knowEmergencies(table: Start['emergency']): void {
  byCountry = table;
}

/** What stands before the number when a dial plan or a habit puts an outside line there. */
const PREFIXED = /^(?:\+?1|0|9|00)(112|911|999)$/;

/** True for a number or address that reaches an emergency service from that country. */
export function isEmergency(to: string, country: string | null): boolean {
  const lower = to.trim().toLowerCase().replace(/^<|>$/g, '');
  if (lower.startsWith('urn:service:sos')) return true;
  const user = lower.replace(/^(?:sips?|tel|callto):(?:\/\/)?/, '').split(/[@;?]/)[0] ?? '';
  if (user === 'sos' || user === 'emergency') return true;
  const number = user.replace(/[\s().\-,\u00a0]/g, '');
  if (!/^\+?\d+$/.test(number)) return false;
  const own = byCountry[country ?? '']?.split(' ') ?? [];
  // There are systems that take the plus off and dial the rest.
  const bare = number.replace('+', '');
  return EVERYWHERE.includes(bare) || own.some((one) => new RegExp(`^${one.replaceAll('?', '\\d')}$`).test(bare)) || PREFIXED.test(number);
}
