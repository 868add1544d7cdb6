// Checks of a trunk: what there is, what a run would do, what it found (`docs/schemas/check.json`, `plan.json`).

export type Verdict = 'pass' | 'warn' | 'fail' | 'skip' | 'error' | 'fact';
export type Fault = 'provider' | 'network' | 'our-config' | 'our-bug';

/** The page of a check. */
export interface CheckPage {
  id: string;
  title: string;
  what: string;
  why: string;
  pass: string;
  reference: string;
  /** A trunk that fails it is not fit for use. */
  gate: boolean;
  /** What running it may cost. */
  level: 'free' | 'on-net' | 'billed' | 'load';
}

export interface CheckBook {
  /** In the order in which they are offered; ids of checks. */
  suites: { name: string; checks: string[] }[];
  checks: CheckPage[];
}

export interface CheckOrder {
  trunk: string;
  suite: string;
  /** Ids; when there are some, they are run in place of the suite. */
  only: string[];
  /** The user agreed that calls may cost money. */
  yes_billed: boolean;
}

/** What a run would do. */
export interface CheckPlan {
  /** A sentence each. */
  steps: string[];
  calls: number;
  minutes: number;
  /** Dialled numbers, each once. */
  numbers: string[];
  billed: boolean;
  /** Why it could not run even if the user agreed to the cost; `null` when it can. */
  refused: string | null;
}

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

export type CheckTold = { told: 'step'; text: string; left: number } | { told: 'entry'; entry: CheckEntry };

export interface DelayCheck {
  /** From one phone's microphone to the other's speaker; `null` when the tone was not heard. */
  mouth_to_ear_ms: number | null;
}

export interface CheckHost {
  suites(): Promise<CheckBook>;
  /** What a run would do; dials nothing. */
  plan(order: CheckOrder): Promise<CheckPlan>;
  /** Runs checks; the signal ends the run, which still answers what it found. */
  check(order: CheckOrder, told: (progress: CheckTold) => void, stop: AbortSignal): Promise<CheckReport>;
  /** Asks where to keep a report and keeps it; false when the user changed their mind. */
  saveCheckReport(id: number, form: 'html' | 'junit' | 'json'): Promise<boolean>;
  /** Calls the carrier in a box through the chosen devices and measures the delay of the sound. */
  delayCheck(stop: AbortSignal): Promise<DelayCheck>;
}
