import type { Trunk } from '../host';
import { blankTrunk } from './trunks';

/** A line as text for a file: all but where its password is. */
export function writeLine(line: Trunk): string {
  return JSON.stringify({ ...line, trunk: { ...line.trunk, password: null } }, null, 2);
}

/** The line of a file that this program wrote; a setting that is missing or of another kind stays as usual. `null`:
 * there is no line in it. */
export function readLine(text: string): Trunk | null {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return null;
  }
  const line = blankTrunk();
  if (!isObject(read) || !isObject(read.trunk) || typeof read.trunk.domain !== 'string') return null;
  take(line as unknown as Record<string, unknown>, read, '');
  line.trunk.password = null;
  return line;
}

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
/** What is not set is `null`, and of this kind once it is. */
const KINDS: Record<string, (value: unknown) => boolean> = {
  '.test.billed': (value) => typeof value === 'boolean',
  '.test.channels': (value) => typeof value === 'number',
  '.test.cps': (value) => typeof value === 'number',
  '.media.rtp_ports': (value) => Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number'),
};

function take(into: Fields, from: Fields, path: string): void {
  for (const [key, usual] of Object.entries(into)) {
    const value = from[key];
    const at = `${path}.${key}`;
    if (isObject(usual) && isObject(value)) take(usual, value, at);
    else if (fits(usual, value, at)) into[key] = value;
  }
}

function fits(usual: unknown, value: unknown, at: string): boolean {
  if (Array.isArray(usual)) return Array.isArray(value) && value.every((one) => typeof one === 'string');
  if (usual === null) return value === null || (KINDS[at] ?? ((one) => typeof one === 'string'))(value);
  return typeof value === typeof usual && !isObject(usual);
}
