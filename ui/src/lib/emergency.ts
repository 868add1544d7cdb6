/** Known in every country and by every network. */
const EVERYWHERE = ['112', '911', '999', '000', '110', '119'];

/** Further numbers by country; elsewhere they may be extensions or ordinary service numbers. */
const BY_COUNTRY: Record<string, string> = {
  AR: '100 101 107', AT: '122 133 144 140', BE: '100 101', BR: '190 192 193', CH: '117 118 144 1414',
  CL: '131 132 133', CN: '120 122', CZ: '150 155 158', ES: '061 080 091', FR: '15 17 18 114 196',
  GR: '100 166 199', IN: '100 101 102 108', IT: '113 115 118', JP: '118', MX: '060 066', NO: '113',
  NZ: '111', PL: '997 998', PT: '115', RU: '101 102 103', SG: '995', TR: '155 156', UA: '101 102 103',
  US: '988', CA: '988', ZA: '10111 10177',
};

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
  const own = country ? (BY_COUNTRY[country]?.split(' ') ?? []) : [];
  // There are systems that take the plus off and dial the rest.
  const bare = number.replace('+', '');
  return EVERYWHERE.includes(bare) || own.includes(bare) || PREFIXED.test(number);
}
