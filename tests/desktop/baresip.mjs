// A baresip of a walk's own, which answers by itself: it plays a tone and keeps what it hears.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RATE, wave } from './hearing.mjs';
import { freePort } from './machine.mjs';

export const NEEDED = ['baresip'];
const PLACES = ['/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules', '/usr/lib/aarch64-linux-gnu/baresip/modules'];
const MODULES = ['account', 'aufile', 'auconv', 'auresamp', 'g711', 'sndfile', 'uuid', 'menu'];
const TONE_SECONDS = 280;

export class Baresip {
  /** Starts one on a machine that plays a tone of so many hertz. */
  static async start(machine, hertz) {
    const phone = new Baresip();
    phone.folder = join(machine.home, 'baresip');
    mkdirSync(phone.folder);
    phone.address = `127.0.0.1:${await freePort()}`;
    const tone = join(phone.folder, 'tone.wav');
    writeFileSync(tone, wave(hertz, TONE_SECONDS));
    // The loopback is no interface that it takes by itself.
    const config = [
      `sip_listen ${phone.address}`, 'net_interface 127.0.0.1', `module_path ${PLACES.find(existsSync)}`, `audio_source aufile,${tone}`,
      `ausrc_srate ${RATE}`, 'ausrc_channels 1', `snd_path ${phone.folder}`, ...MODULES.map((name) => `module ${name}.so`),
    ];
    writeFileSync(join(phone.folder, 'config'), `${config.join('\n')}\n`);
    writeFileSync(join(phone.folder, 'accounts'), `<sip:b@${phone.address}>;regint=0;answermode=auto;audio_codecs=PCMU/8000/1\n`);
    phone.running = await machine.peer('baresip', ['-f', phone.folder, '-v'], /baresip is ready/);
    return phone;
  }

  /** What it has heard so far, 8000 samples a second. */
  heard() {
    const name = readdirSync(this.folder).find((one) => one.endsWith('-dec.wav'));
    if (!name) return new Int16Array();
    const bytes = readFileSync(join(this.folder, name));
    const data = bytes.indexOf('data') + 8;
    return new Int16Array(bytes.buffer.slice(bytes.byteOffset + data, bytes.byteOffset + bytes.length - ((bytes.length - data) % 2)));
  }
}
