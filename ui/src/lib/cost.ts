import { bare, countryOf } from './numbers';

/** A destination that is asked about once. */
export interface Ask {
  kind: 'premium' | 'satellite' | 'country';
  /** What is remembered when the user agrees. */
  agree: string;
  country: string | null;
}

/** Satellite and international networks (ITU-T E.164 shared codes). */
const SATELLITE = /^\+(?:870|881|88216|88[23])/;

/** Premium and shared-cost ranges of the national numbering plans, by the beginning of the number in E.164. */
const PREMIUM = new RegExp(
  `^\\+(?:${[
    '979', '808', '1(?:900|976|\\d{3}976)', '44(?:9|87|70)', '49(?:900|137|180|118)', '338[129]', '34(?:80[367]|905)',
    '39(?:89[2459]|199)', '439[03]', '4190[016]', '3190[069]', '3290', '4590', '46(?:900|939|944)', '4782[09]', '4870[0-9]',
    '6119', '64900', '81(?:990|570)', '55900', '42090', '358[67]00',
  ].join('|')})`,
);

/**
 * Whether a number or an address is asked about before it is dialled for the first time. Where no home country is known,
 * every country is another one.
 */
export function asksFirst(to: string, home: string | null, agreed: readonly string[]): Ask | null {
  const number = called(to);
  // Extensions and names lead to no other country.
  if (!/^\+\d{5}/.test(number)) return null;
  const ask = judge(number, home);
  return ask === null || agreed.includes(ask.agree) ? null : ask;
}

/** Whom a text names: the user of an address, `00` as the plus that it stands for before a number of full length. */
function called(to: string): string {
  const [user = ''] = to.trim().replace(/^<?(?:sips?|tel|callto):(?:\/\/)?/i, '').split(/[@;?:>]/);
  return bare(user.replace(/%(?:2b|3\d)/gi, decodeURIComponent)).replace(/^00(?=[1-9]\d{6})/, '+');
}

function judge(number: string, home: string | null): Ask | null {
  if (SATELLITE.test(number)) return { kind: 'satellite', agree: `number:${number}`, country: null };
  const country = countryOf(number);
  if (PREMIUM.test(number)) {
    return { kind: 'premium', agree: `number:${number}`, country };
  }
  if (home !== null && country === home) return null;
  return { kind: 'country', agree: `country:${country ?? number.slice(0, 4)}`, country };
}
