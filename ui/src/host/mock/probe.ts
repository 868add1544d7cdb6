import type { ProbeStep, Said } from '../shell';
import type { Trunk } from '../types';

type Told = Omit<ProbeStep, 'state' | 'code' | 'fix'> & Partial<ProbeStep>;

const say = (text: string): Said[] => [{ said: 'advice', text, figures: '' }];

/**
 * The steps of looking at a trunk; a user named `wrong` is refused, a domain `udp.` cannot be reached by UDP, one `tcp.`
 * by TCP alone.
 */
export function probeSteps(trunk: Trunk): ProbeStep[] {
  const { domain, transport, user } = trunk.trunk;
  const encrypted = transport === 'tls' || transport === 'wss';
  const answers = domain.startsWith('tcp.') ? 'tcp' : 'tls';
  const blocked = domain.startsWith('udp.') ? transport === 'udp' : answers === 'tcp' && transport !== 'tcp';
  const refused = user === 'wrong';
  const over = (change: 'tcp' | 'tls'): ProbeStep['fix'] => ({ change, trunk: { ...trunk, trunk: { ...trunk.trunk, transport: change } } });
  const steps: Told[] = [
    { step: 'dns', said: say(`SRV _sip${encrypted ? 's' : ''}._${encrypted ? 'tcp' : transport}.${domain}: two servers, 192.0.2.40 first`) },
    blocked
      ? { step: 'transport', state: 'bad', said: say(`No answer over ${transport.toUpperCase()} within 4 s. A firewall may drop it.`), fix: over(answers) }
      : { step: 'transport', said: say(`${transport.toUpperCase()} connected to 192.0.2.40:${encrypted ? 5061 : 5060} in 41 ms`) },
    encrypted
      ? { step: 'tls', said: say(`TLS 1.3, certificate for ${domain}, valid for 212 days`) }
      : { step: 'tls', state: 'warn', said: [{ said: 'clear' }], fix: over('tls') },
    refused
      ? { step: 'register', state: 'bad', code: 403, said: say('The user or the password is wrong (403 Forbidden).'), fix: { change: 'password', trunk } }
      : { step: 'register', said: say('Registered for 600 s in 83 ms (401, then 200)'), code: 200 },
    { step: 'nat', said: say('Behind a NAT: the trunk sees 198.51.100.23:61044. No SIP ALG in the way.') },
    { step: 'codecs', state: 'note', said: [{ said: 'offered', codecs: 'PCMA, PCMU' }] },
  ];
  const stop = steps.findIndex((one) => one.state === 'bad');
  return steps.map((one, at) => {
    const skipped = stop >= 0 && at > stop ? { state: 'skipped' as const, said: [], fix: null } : {};
    return { state: 'good', code: null, fix: null, ...one, ...skipped };
  });
}
