// What the processes of the program cost: memory and time, as /proc tells them.
import { readFileSync, readdirSync } from 'node:fs';

/** Ticks of /proc/PID/stat in a second. */
const TICKS = 100;

const lines = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Fields of a stat file from the state on; the name before them may hold anything. */
const stat = (path) => lines(path).replace(/^.*\) /s, '').split(' ');

/** A process and all that it started, as `{pid, name}`. */
export function tree(pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(all.map((one) => [one, Number(stat(`/proc/${one}/stat`)[1])]));
  const found = [pid];
  for (const one of found) found.push(...all.filter((child) => parents.get(child) === one));
  return found.map((one) => ({ pid: one, name: lines(`/proc/${one}/comm`).trim() }));
}

/** Proportional set size of one process, MB. */
const pss = (pid) => Number(/^Pss:\s+(\d+)/m.exec(lines(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;

/** Memory of a tree: the sum, MB, and the split in words. */
export function memory(pid) {
  const parts = tree(pid).map(({ pid: one, name }) => ({ name, mb: pss(one) }));
  const split = parts.map(({ name, mb }) => `${name} ${mb.toFixed(0)}`).join(', ');
  return { mb: parts.reduce((sum, one) => sum + one.mb, 0), split, names: parts.map((one) => one.name) };
}

/** Processor time of a process, or of its main thread alone, s. */
function spent(pid, thread) {
  const fields = stat(thread ? `/proc/${pid}/task/${pid}/stat` : `/proc/${pid}/stat`);
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Share of a core that each takes over some seconds, in percent; `of`: `{pid, thread}` by name. */
export async function load(of, seconds) {
  const at = () => Object.fromEntries(Object.entries(of).map(([name, { pid, thread }]) => [name, spent(pid, thread)]));
  const before = at();
  await new Promise((passed) => setTimeout(passed, seconds * 1000));
  const after = at();
  return Object.fromEntries(Object.keys(of).map((name) => [name, (100 * (after[name] - before[name])) / seconds]));
}
