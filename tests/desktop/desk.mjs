// A desktop with a line, `office`, to a carrier of a few lines.
import { Machine } from './machine.mjs';
import { withLine } from './steps.mjs';
import { UdpCarrier } from './udp-carrier.mjs';

/** Works on a desktop of its own. `password`: what the carrier asks for; `rows`: TOML of the line's account. */
export async function onDesk(work, { password = null, rows = '' } = {}) {
  const machine = await Machine.start('C.UTF-8');
  const carrier = await UdpCarrier.start(password);
  try {
    withLine(machine, carrier.trunk('office', rows));
    await work(machine, carrier);
  } finally {
    // It hears the phone's goodbye.
    await machine.end().finally(() => carrier.end());
  }
}
