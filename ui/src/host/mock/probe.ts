import type { ProbeStep } from '../shell';
import type { Trunk } from '../types';

type Told = Omit<ProbeStep, 'state' | 'code' | 'fix'> & Partial<ProbeStep>;

/** The steps of looking at a trunk; a user named `wrong` is refused, a domain `udp.` cannot be reached by UDP. */
export function probeSteps(trunk: Trunk): ProbeStep[] {
  const { domain, transport, user } = trunk.trunk;
  const encrypted = transport === 'tls' || transport === 'wss';
  const blocked = domain.startsWith('udp.') && transport === 'udp';
  const refused = user === 'wrong';
  const changed = (part: Partial<Trunk['trunk']>): Trunk => ({ ...trunk, trunk: { ...trunk.trunk, ...part } });
  const steps: Told[] = [
    { step: 'dns', text: `SRV _sip${encrypted ? 's' : ''}._${encrypted ? 'tcp' : transport}.${domain}: two servers, 192.0.2.40 first` },
    blocked
      ? { step: 'transport', state: 'bad', text: 'No answer over UDP within 4 s. A firewall may drop it.', fix: { change: 'tls', trunk: changed({ transport: 'tls' }) } }
      : { step: 'transport', text: `${transport.toUpperCase()} connected to 192.0.2.40:${encrypted ? 5061 : 5060} in 41 ms` },
    encrypted
      ? { step: 'tls', text: `TLS 1.3, certificate for ${domain}, valid for 212 days` }
      : { step: 'tls', state: 'warn', text: 'Not encrypted: others on the way can read numbers and listen.', fix: { change: 'tls', trunk: changed({ transport: 'tls' }) } },
    refused
      ? { step: 'register', state: 'bad', code: 403, text: 'The user or the password is wrong (403 Forbidden).' }
      : { step: 'register', text: 'Registered for 600 s in 83 ms (401, then 200)', code: 200 },
    { step: 'nat', text: 'Behind a NAT: the trunk sees 198.51.100.23:61044. No SIP ALG in the way.' },
    { step: 'codecs', text: 'PCMA and PCMU agreed' },
  ];
  const stop = steps.findIndex((one) => one.state === 'bad');
  return steps.map((one, at) => {
    const skipped = stop >= 0 && at > stop ? { state: 'skipped' as const, text: '', fix: null } : {};
    return { state: 'good', code: null, fix: null, ...one, ...skipped };
  });
}
