// Sends garbage to a port of this computer, as a worker: `{port, rate}`, packets a second. Told to stop, it
// tells how many a second it has sent.
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { randomBytes } from 'node:crypto';

const packets = Array.from({ length: 64 }, () => randomBytes(400));
const socket = createSocket('udp4');
const began = performance.now();
let sent = 0;
const timer = setInterval(() => {
  const due = ((performance.now() - began) / 1000) * workerData.rate;
  for (; sent < due; sent++) socket.send(packets[sent % packets.length], workerData.port, '127.0.0.1');
}, 1);
parentPort.once('message', () => {
  clearInterval(timer);
  socket.close();
  parentPort.postMessage((1000 * sent) / (performance.now() - began));
});
