// A carrier of a walk's own, `milliwatt test-trunk`, at which the window has lines and through which others call it.
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli } from './machine.mjs';
import { keepLine, passwordFile } from './steps.mjs';

export class Carrier {
  /** Starts one on a machine, with further arguments. */
  static async start(machine, ...words) {
    const carrier = new Carrier();
    carrier.machine = machine;
    carrier.ca = join(machine.home, 'carrier.pem');
    const server = ['test-trunk', '--listen', '127.0.0.1:0', '--ca-out', carrier.ca, '--user', 'carol:carol-secret', ...words];
    const running = await machine.peer(cli(), server, /"event":"ready".*\n/);
    carrier.at = JSON.parse(running.said().split('\n').find((line) => line.includes('"ready"')));
    return carrier;
  }

  /** A line of the window: one of alice and bob, over a transport, called by a number. */
  line(name, user, transport, did) {
    const account = { domain: this.at[transport], user, transport, password: passwordFile(this.machine, name, `${user}-secret`) };
    const numbers = `[numbers]\ndids = ["${did}"]\ncountry = "DE"\ndid_in = "to"\n`;
    keepLine(this.machine, name, account, `${numbers}[tls]\nca = "${this.ca}"\n[test]\nbilled = false\n`);
  }

  /** carol calls a number; she is there until she hangs up, by SIGINT. */
  async call(number, ...words) {
    const home = mkdtempSync(join(this.machine.home, 'caller-'));
    const report = join(home, 'report.json');
    const env = { MILLIWATT_CONFIG_DIR: home, MILLIWATT_DATA_DIR: home, MILLIWATT_PASSWORD: 'carol-secret' };
    const args = ['call', `sip:carol@${this.at.udp}`, number, '--duration', '10m', '--ring-timeout', '10m', '--json', report, ...words];
    const caller = await this.machine.peer(cli(), args, /(?:)/, env);
    caller.hangUp = () => caller.kill('SIGINT');
    /** Its exit code, and what it reports, once it is over. */
    caller.over = async () => ({ exit: await caller.ended, ...JSON.parse(readFileSync(report, 'utf8')) });
    return caller;
  }
}
