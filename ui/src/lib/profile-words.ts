import type { Profile } from '../host';

/** What a provider's card says. */
export function profileWords(profile: Profile): { encryption: 'both' | 'signalling' | 'sound' | 'none'; auth: string } {
  const list = (key: string) => {
    const value = profile.facts.find((one) => one.key === key)?.value;
    return Array.isArray(value) ? value : value === undefined ? [] : [String(value)];
  };
  const signalling = [...list('transports'), ...list('trunk.transport')].some((one) => /tls|wss/i.test(one)) || list('tls.least').length > 0;
  const sound = list('srtp').length > 0 || list('media.srtp').some((one) => one !== 'off');
  const encryption = signalling && sound ? 'both' : signalling ? 'signalling' : sound ? 'sound' : 'none';
  return { encryption, auth: list('auth.methods').join(', ') };
}

/** What a person should know before entering details: forms, hosts and quirks, with their sources. */
export function profileNotes(profile: Profile): Profile['facts'] {
  return profile.facts.filter(({ key }) => /^(?:auth\.user_form|hosts\.|quirk\.|numbers\.out_form|transports)/.test(key));
}
