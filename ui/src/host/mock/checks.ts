import type { CheckBook, CheckEntry, CheckHost, CheckOrder, CheckPage, CheckPlan, Verdict } from '../check';
import type { Mock } from './index';

const CATALOGUE = import.meta.glob<string>('../../../../crates/checks/src/catalogue/*_*.rs', { query: '?raw', import: 'default', eager: true });
const SUITES = import.meta.glob<string>('../../../../crates/checks/src/suite.rs', { query: '?raw', import: 'default', eager: true });
const MODULES = import.meta.glob<string>('../../../../crates/checks/src/catalogue/mod.rs', { query: '?raw', import: 'default', eager: true });

const LEVELS: Record<string, CheckPage['level']> = { OnNet: 'on-net', Billed: 'billed', Load: 'load' };

function page(source: string): CheckPage {
  const text = (key: string) => new RegExp(`${key}:\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(source)?.[1]?.replace(/\\(.)/g, '$1') ?? '';
  return {
    id: /fn id\([^{]*\{\s*"([^"]+)"/.exec(source)?.[1] ?? '', title: text('title'), what: text('what'), why: text('why'), pass: text('pass'),
    reference: text('reference'), gate: /fn gate\([^{]*\{\s*true/.test(source), level: LEVELS[/Level::(\w+)\s*\}/.exec(source)?.[1] ?? ''] ?? 'free',
  };
}

/** The checks that the program knows, read from their sources. */
export function book(): CheckBook {
  const order = [...Object.values(MODULES)[0]!.matchAll(/^mod (\w+);/gm)].map((one) => one[1]!);
  const listed = [...Object.values(MODULES)[0]!.matchAll(/&(\w+)::/g)].map((one) => one[1]!);
  const checks = Object.entries(CATALOGUE)
    .map(([path, source]) => ({ name: /(\w+)\.rs$/.exec(path)![1]!, page: page(source) }))
    .filter(({ name }) => order.includes(name))
    .sort((a, b) => listed.indexOf(a.name) - listed.indexOf(b.name))
    .map((one) => one.page);
  const source = Object.values(SUITES)[0]!;
  const list = (name: string) => [...(new RegExp(`const ${name}: [^=]*= \\[([^\\]]*)\\]`).exec(source)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map((one) => one[1]!);
  const [smoke, groups, sipconnect] = [list('SMOKE'), list('TRUNK'), list('SIPCONNECT')];
  const of = (fits: (id: string) => boolean) => checks.map((one) => one.id).filter(fits);
  return {
    checks,
    suites: [
      { name: 'smoke', checks: of((id) => smoke.includes(id)) },
      { name: 'trunk', checks: of((id) => smoke.includes(id) || groups.includes(id.split('.')[0]!)) },
      { name: 'full', checks: of(() => true) },
      { name: 'sipconnect', checks: of((id) => sipconnect.includes(id)) },
    ],
  };
}

const STEPS: [group: RegExp, text: string, calls: number][] = [
  [/^dns/, 'DNS: NAPTR, SRV, addresses', 0], [/^(?:reach|nat)/, '10 OPTIONS', 0], [/^tls/, 'TLS handshakes and the certificate', 0],
  [/^reg/, 'registration with three different times', 0], [/^auth/, 'an INVITE that is taken back when it rings', 1],
  [/^out\.busy/, 'a call to ourselves that is refused as busy', 1], [/^out\.cancel/, 'a call to ourselves that is taken back', 1],
  [/^(?:loop|dtmf|mq|in|out\.(?:answer|bye))/, 'a call to ourselves, 5 s of talk', 1],
];

function plan(mock: Mock, order: CheckOrder, ids: string[]): CheckPlan {
  const line = mock.lines.find((one) => one.settings.trunk.name === order.trunk)!;
  const billed = !line.embedded && line.settings.test.billed !== false;
  // The free suite leaves out what may cost money.
  const free = billed && order.suite === 'smoke' && order.only.length === 0;
  const steps = STEPS.filter(([group, , calls]) => !(free && calls > 0) && ids.some((id) => group.test(id)));
  const calls = steps.reduce((sum, one) => sum + one[2], 0);
  const number = line.settings.numbers.dids[0] ?? null;
  const refused = calls > 0 && order.trunk === 'sipgate' && !line.settings.test.allow.includes(number ?? '') ? `${number} is not in test.allow of this trunk: add it there to let tests dial it` : null;
  return { steps: steps.map((one) => one[1]), calls, minutes: calls / 4, numbers: calls > 0 && number !== null ? [number] : [], billed, refused };
}

const FOUND: Record<string, Partial<CheckEntry> & { verdict: Verdict }> = {
  'dns.naptr': { verdict: 'skip', required: false, advice: 'the trunk is an address, not a name: DNS is not asked' },
  'tls.expiry': { verdict: 'warn', advice: 'The certificate ends in 12 days.', measured: { days_left: 12 }, limit: { pass_at_least: 30, warn_at_least: 0 } },
  'tls.version': { verdict: 'pass', measured: { version: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', accepts_old: false } },
  'nat.mapping': { verdict: 'fact', advice: 'A NAT keeps our address and changes the port.' },
  'loop.audio': {
    verdict: 'fail', fault: 'network', advice: 'The caller does not hear the called side: a firewall blocks the incoming sound.',
    measured: { backward: false, outward: true, lowest_snr_db: 31.2 },
  },
  'mq.mos': { verdict: 'error', advice: 'no sound was received' },
};

function entry(one: CheckPage, at: number): CheckEntry {
  return {
    id: one.id, verdict: 'pass', required: true, gate: one.gate, fault: null, measured: { took_ms: 41 + at }, limit: {}, advice: null, reference: one.reference,
    seconds: 0.3, evidence: `trace.pcap#${at * 4 + 1}`, ...FOUND[one.id],
  };
}

/** The checks of the mock: the trunk `Telnyx London` has faults, `sipgate` lets no test call out. */
export function mockChecks(mock: Mock): CheckHost {
  const all = book();
  const chosen = (order: CheckOrder) => (order.only.length > 0 ? order.only : (all.suites.find((one) => one.name === order.suite)?.checks ?? []));
  const wait = (ms: number) => new Promise<void>((done) => mock.world.later(ms, done));
  return {
    suites: async () => {
      if (mock.broken) throw new Error('the book of checks cannot be read');
      return structuredClone(all);
    },
    plan: async (order) => plan(mock, order, chosen(order)),
    check: async (order, told, stop) => {
      const pages = all.checks.filter((one) => chosen(order).includes(one.id));
      const steps = plan(mock, order, chosen(order)).steps;
      const found: CheckEntry[] = [];
      for (const [at, text] of steps.entries()) {
        if (stop.aborted) break;
        told({ told: 'step', text, left: steps.length - at - 1 });
        await wait(700);
        if (mock.faulty) throw new Error('no socket could be opened: too many open files');
        const upto = at === steps.length - 1 ? pages.length : Math.ceil((pages.length * (at + 1)) / steps.length);
        for (const one of stop.aborted ? [] : pages.slice(found.length, upto)) {
          const judged = entry(one, found.length);
          found.push(judged);
          told({ told: 'entry', entry: { ...judged, version: 1, event: 'check' } });
        }
      }
      const count = (verdict: Verdict) => found.filter((one) => one.verdict === verdict).length;
      return {
        id: 1, version: 1, trunk: order.trunk, suite: order.only.length > 0 ? 'only' : order.suite, started: new Date().toISOString(), seconds: steps.length * 0.7,
        interrupted: stop.aborted, obstacle: mock.silent ? 'the trunk does not answer: a firewall may drop the packets' : null,
        score: { points: count('pass') + count('warn') / 2, of: found.length - count('skip') - count('fact'), gates_failed: found.filter((one) => one.gate && one.verdict === 'fail').map((one) => one.id) },
        checks: found,
      };
    },
    saveCheckReport: async (id, form) => {
      mock.saved = { name: `report-${id}.${form}`, text: '' };
      return true;
    },
    delayCheck: async (stop) => {
      await wait(1500);
      return { mouth_to_ear_ms: stop.aborted ? null : 71 };
    },
  };
}
