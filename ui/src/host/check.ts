// Checks of a trunk: what there is, what a run would do, what it found, generated from `src-tauri/api/check.rs` and
// `crates/checks`.

import type { CheckBook, CheckForm, CheckOrder, CheckPlan, CheckReport, CheckTold, DelayCheck } from './generated/shell';

export type { CheckEntry, Verdict } from './generated/checks';
export type { CheckBook, CheckOrder, CheckPage, CheckPlan, CheckReport, CheckTold, DelayCheck } from './generated/shell';

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
