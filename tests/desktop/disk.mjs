// A small disk in the place of a folder, which a walk can leave without room.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skip as gone } from './steps.mjs';

/** What one takes, as the system does at least. */
const PAGE = 4096;

// Where nobody else sees it, and nothing of it stays.
const mounts = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'milliwatt-test', tmpdir()]).status === 0;
/** Why walks with a small disk cannot be here, or false. In CI nothing may be missing. */
export const skip = gone || (mounts || process.env.CI === 'true' ? false : 'mounting needs root');

export class Disk {
  /** One of so many KiB, as long as the machine is there. */
  constructor(machine, folder, kib) {
    machine.mount(folder, kib);
    this.pages = Math.ceil((kib * 1024) / PAGE);
    this.filler = join(folder, 'filler');
  }

  /** Leaves no room on it. */
  fill() {
    const file = openSync(this.filler, 'w');
    try {
      for (let page = 0; page < this.pages; page += 1) writeSync(file, Buffer.alloc(PAGE));
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Makes room again. */
  empty() {
    rmSync(this.filler);
  }
}
