// Checks of a trunk: what there is, what a run would do, what it found (`docs/schemas/check.json`, `plan.json`). What
// the shell tells of a run is generated from `src-tauri/api.rs`; results have the form of the command line's.

import type { CheckBook, CheckForm, CheckOrder, CheckPlan, CheckTold, DelayCheck } from './generated/shell';

export type { CheckBook, CheckOrder, CheckPage, CheckPlan, CheckTold, DelayCheck } from './generated/shell';

export type Verdict = 'pass' | 'warn' | 'fail' | 'skip' | 'error' | 'fact';
export type Fault = 'provider' | 'network' | 'our-config' | 'our-bug';

export interface CheckEntry {
  id: string;
  verdict: Verdict;
  /** For a skip: a complete run must not have it. */
  required: boolean;
  gate: boolean;
  fault: Fault | null;
  measured: Record<string, unknown>;
  limit: Record<string, unknown>;
  advice: string | null;
  reference: string | null;
  seconds: number;
  evidence: string | null;
}

export interface CheckReport {
  /** By which the report can be kept as a file while the program runs. */
  id: number;
  trunk: string;
  suite: string;
  /** RFC 3339. */
  started: string;
  seconds: number;
  interrupted: boolean;
  /** What kept the run from doing all that it should. */
  obstacle: string | null;
  score: { points: number; of: number; gates_failed: string[] };
  checks: CheckEntry[];
}

export interface CheckHost {
  suites(): Promise<CheckBook>;
  /** What a run would do; dials nothing. */
  plan(order: CheckOrder): Promise<CheckPlan>;
  /** Runs checks; the signal ends the run, which still answers what it found. */
  check(order: CheckOrder, told: (progress: CheckTold) => void, stop: AbortSignal): Promise<CheckReport>;
  /** Asks where to keep a report and keeps it; false when the user changed their mind. */
  saveCheckReport(id: number, form: CheckForm): Promise<boolean>;
  /** Calls the carrier in a box through the chosen devices and measures the delay of the sound. */
  delayCheck(stop: AbortSignal): Promise<DelayCheck>;
}
