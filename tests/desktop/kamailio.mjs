// A Kamailio of a walk's own: registrar and proxy, where user N has the password pwN.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, until } from './machine.mjs';

export const NEEDED = ['kamailio', 'openssl'];
const MODULES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib'].map((lib) => `${lib}/kamailio/modules/`);
const CONFIG = new URL('../data/kamailio/kamailio.cfg', import.meta.url);

/** Starts one on a machine; the port that it has for UDP and TCP. */
export async function startKamailio(machine) {
  const folder = join(machine.home, 'kamailio');
  mkdirSync(folder);
  certificate(folder);
  const [port, tls] = [await freePort(), await freePort()];
  const places = { ADDRESS: '127.0.0.1', PORT: port, TLS_PORT: tls, MODULES: MODULES.find(existsSync), FOLDER: folder, ALGORITHM: 'MD5' };
  const config = readFileSync(CONFIG, 'utf8').replace(/@(\w+)@/g, (_, name) => places[name]);
  writeFileSync(join(folder, 'kamailio.cfg'), config);
  await machine.peer('kamailio', ['-DD', '-m', '64', '-M', '8', '-Y', folder, '-f', join(folder, 'kamailio.cfg')], /(?:)/);
  await until('Kamailio listens', () => listens(port));
  return port;
}

/** A certificate of its own making; nobody here looks at it. */
function certificate(folder) {
  const made = spawnSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
    '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'),
  ], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`no certificate: ${made.stderr}`);
}

function listens(port) {
  return new Promise((told) => {
    const socket = connect(port, '127.0.0.1', () => told(socket.destroy()));
    socket.on('error', () => told(false));
  });
}
