// The trace as the window reads it: every message, masked by the host before it comes here.

import type { TraceLine, TracePart } from './generated/shell';
import type { CallId } from './types';

export type { TraceLine, TracePart } from './generated/shell';

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
