// Pictures of a window, from the screen to a file of few bytes: at most 256 colours, in place of the millions of which
// a window uses few.
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

const COLOURS = 256;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** What a part of a machine's screen shows: `width` times `height` pixels, each 0xRRGGBB, from Xvfb's own file (XWD). */
export function lookAt(machine, { left, top, width, height }) {
  const file = readFileSync(machine.picture);
  const word = (at) => file.readUInt32BE(4 * at);
  const [header, line, bits, colours] = [word(0), word(12), word(11), word(19)];
  if (bits !== 32 || word(7) !== 0) throw new Error('a screen of another kind');
  const first = header + 12 * colours;
  const pixel = (at) => file.readUInt32LE(first + (top + Math.floor(at / width)) * line + 4 * (left + (at % width))) & 0xffffff;
  return { width, height, pixels: Array.from({ length: width * height }, (_, at) => pixel(at)) };
}

/** A picture as a PNG file, with its most frequent colours; others become the nearest. */
export function png({ width, height, pixels }) {
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, COLOURS).map(([pixel]) => channels(pixel));
  const indexOf = new Map();
  for (const pixel of counts.keys()) indexOf.set(pixel, nearest(palette, channels(pixel)));
  const rows = Buffer.alloc(height * (width + 1));
  pixels.forEach((pixel, at) => (rows[at + Math.floor(at / width) + 1] = indexOf.get(pixel)));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3], 8);
  const colours = Buffer.from(palette.flat());
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('PLTE', colours), chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

const channels = (pixel) => [pixel >> 16, (pixel >> 8) & 255, pixel & 255];

/** The index of the colour that is the least far. */
function nearest(palette, [red, green, blue]) {
  let [best, least] = [0, Infinity];
  palette.forEach((one, index) => {
    const far = (one[0] - red) ** 2 + (one[1] - green) ** 2 + (one[2] - blue) ** 2;
    if (far < least) [best, least] = [index, far];
  });
  return best;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const all = Buffer.alloc(body.length + 8);
  all.writeUInt32BE(data.length, 0);
  all.set(body, 4);
  all.writeUInt32BE(checksum(body), body.length + 4);
  return all;
}

/** CRC-32 of ISO 3309. */
function checksum(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
