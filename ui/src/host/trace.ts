// The trace as the window reads it: every message, masked by the host before it comes here.

import type { CallId } from './types';

export interface TraceLine {
  /** Counts from 1 in each trunk; with the trunk it names the message. */
  number: number;
  trunk: string;
  /** ms since 1970. */
  at_ms: number;
  way: 'sent' | 'received';
  /** Such as `UDP`. */
  transport: string;
  /** Their address. */
  remote: string;
  call_id: string | null;
  /** Start line, masked. */
  summary: string;
  /** The whole message, masked. */
  raw: string;
  retransmission: boolean;
  /** Why it could not be used; `null` for what could. */
  fault: string | null;
}

/** Part of the trace; `null` is all. */
export interface TracePart {
  trunk: string | null;
  call_id: string | null;
}

export interface TraceHost {
  /** Tells what is kept, the newest thousands of messages in time order, and then what comes, in batches a few times
   * a second, until the signal is given. The first batch comes at once, if need be empty. Credentials and keys are
   * always masked, telephone numbers unless `numbers` shows them. */
  trace(numbers: boolean, told: (lines: TraceLine[]) => void, stop: AbortSignal): Promise<void>;
  /** Asks where to keep a part of the trace as pcap and keeps it; false when the user changed their mind. */
  saveTrace(part: TracePart, numbers: boolean): Promise<boolean>;
  /** The Call-ID of a call that is up or on its way. */
  sipCallId(call: CallId): Promise<string | null>;
}
