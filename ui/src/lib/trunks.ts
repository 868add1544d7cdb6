import type { FactValue, Profile, Registration, Trunk, TrunkLine } from '../host';

/** A trunk with the defaults of `crates/store/src/settings/trunk.rs`. */
export function blankTrunk(codecs: readonly string[] = ['PCMU', 'PCMA']): Trunk {
  return {
    trunk: {
      name: '', profile: null, domain: '', registrar: null, proxy: null, transport: 'udp', user: '',
      auth_user: null, register: true, expires: 3600, password: null, bind: null, public_address: null,
      allow: [], gin: false, keep_alive: 'crlf', keep_alive_every: 0, session_expires: 1800, reliable: 'supported',
    },
    numbers: { dids: [], country: null, did_in: 'request-uri', identity: ['from'] },
    media: { codecs: [...codecs], srtp: 'off', dtmf: 'rfc4733', rtp_ports: null, rtp_timeout: 60, stun: [] },
    tls: { ca: null },
    test: {
      billed: null, allow: [], destination: null, channels: null, cps: null, max_calls: null, max_minutes: null,
    },
    limits: {},
  };
}

/** The value of a fact that may be relied on; guesses are shown, never applied. */
export function fact(profile: Profile, key: string): FactValue | null {
  const found = profile.facts.find((one) => one.key === key && one.confidence !== 'guess');
  return found?.value ?? null;
}

const SECTIONS = ['trunk', 'numbers', 'media'] as const;

/** A trunk filled with what a profile knows; codecs that this phone lacks are left out. */
export function fromProfile(profile: Profile, codecs: readonly string[]): Trunk {
  const trunk = blankTrunk(codecs);
  for (const section of SECTIONS) {
    const target = trunk[section] as unknown as Record<string, unknown>;
    for (const key of Object.keys(target)) {
      const value = fact(profile, `${section}.${key}`);
      if (value !== null) target[key] = value;
    }
  }
  // Encrypted where the provider offers it and says nothing else.
  const transports = fact(profile, 'transports');
  const offered = Array.isArray(transports) && transports.some((one) => /^tls\b/i.test(one));
  if (offered && fact(profile, 'trunk.transport') === null) trunk.trunk.transport = 'tls';
  const known = trunk.media.codecs.filter((one) => codecs.includes(one));
  trunk.media.codecs = known.length > 0 ? known : [...codecs];
  trunk.trunk.profile = profile.name;
  trunk.trunk.name = profile.name;
  return trunk;
}

/** What the phone makes of a line's name, which is the name of a file. */
const fileName = (name: string) => name.replaceAll(' ', '-').replace(/[.-]+$/, '');

/** What a trunk still lacks, by the name of its field. */
export function lacking(trunk: Trunk, names: readonly string[]): 'name' | 'taken' | 'domain' | 'user' | 'host' | null {
  const { name, domain, user, register, registrar, proxy } = trunk.trunk;
  if (!/^[a-z\d][\w.\- ]{0,63}$/i.test(name)) return 'name';
  if (names.some((one) => fileName(one) === fileName(name))) return 'taken';
  const host = /^(?:[\w\-]+(?:\.[\w\-]+)*|\[[\da-fA-F:]+\])(?::\d{1,5})?$/;
  if (!host.test(domain)) return 'domain';
  if ([registrar, proxy].some((one) => one !== null && !host.test(one))) return 'host';
  return register && !/^[^\s@<>"]{1,128}$/.test(user) ? 'user' : null;
}

export type LineState = 'up' | 'direct' | 'busy' | 'down' | 'off';

/** How a line stands: registered, used without registration, on its way, in trouble, off. */
export function lineState(line: Pick<TrunkLine, 'settings' | 'registration' | 'trouble'>): LineState {
  if (line.trouble !== null) return 'down';
  if (!line.settings.trunk.register) return 'direct';
  return stateOf(line.registration);
}

function stateOf(registration: Registration): LineState {
  switch (registration.state) {
    case 'registered':
      return 'up';
    case 'registering':
      return 'busy';
    case 'refused':
    case 'failed':
      return 'down';
    case 'unregistered':
      return 'off';
  }
}

/**
 * Lines in the order in which a call tries them: usable ones first, the preferred first among equals. The embedded trunk
 * leads nowhere: it is tried only where there is no other line.
 */
export function inOrder<T extends Pick<TrunkLine, 'settings' | 'registration' | 'trouble' | 'embedded'>>(lines: readonly T[], preferred: string | null): T[] {
  const rank: Record<LineState, number> = { up: 0, direct: 0, busy: 1, off: 2, down: 3 };
  const value = (line: T) => rank[lineState(line)] * 2 + (line.settings.trunk.name === preferred ? 0 : 1);
  const leading = lines.filter((line) => !line.embedded);
  return (leading.length > 0 ? leading : [...lines]).sort((a, b) => value(a) - value(b));
}
