// What the window asks of the shell around the engine, generated from `src-tauri/api.rs` and `crates/store`.

export type {
  CallPage, Device, DeviceNews, Kept, LadderLine, Left, Marker, MarkerKind, ProbeStep, Role, RunningCall, Said, ShellEvent, SoundCheck, Start, TrunkLine, TryNow,
} from './generated/shell';
export type { Contact, Look } from './generated/store';
