import { Channel, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { CheckReport, CheckTold } from './check';
import type { Host, Stop } from './host';
import type { ProbeStep, ShellEvent } from './shell';
import type { TraceLine } from './trace';
import type { Event } from './types';

/** The phone in the same process: each call is one command of the shell. */
export function tauriHost(): Host {
  const listening: Promise<unknown>[] = [];

  function hear<T>(topic: string, heard: (payload: T) => void): Stop {
    const unlisten = listen<T>(topic, ({ payload }) => heard(payload));
    listening.push(unlisten);
    return () => void unlisten.then((stop) => stop());
  }

  /** A command that runs until it is done or the signal is given. */
  async function cancellable<T>(command: string, args: Record<string, unknown>, stop: AbortSignal): Promise<T> {
    const cancel = () => void invoke('cancel', { command });
    stop.addEventListener('abort', cancel, { once: true });
    try {
      return await invoke<T>(command, args);
    } finally {
      stop.removeEventListener('abort', cancel);
    }
  }

  /** The same for one that tells things on its way. */
  function telling<P, T>(command: string, args: Record<string, unknown>, told: (progress: P) => void, stop: AbortSignal): Promise<T> {
    const channel = new Channel<P>();
    channel.onmessage = told;
    return cancellable(command, { ...args, told: channel }, stop);
  }

  return {
    // What happens from the state on is told, so that it has to be listened to before that is asked for.
    start: () => Promise.all(listening).then(() => invoke('start', { languages: navigator.languages })),
    nextCall: () => invoke('next_call'),
    left: (left) => invoke('left', { left }),
    command: (command) => invoke('command', { command }),
    emergency: (call, to, lines) => invoke('emergency', { call, to, lines }),
    onEvent: (heard) => hear<Event>('engine', heard),
    onShell: (heard) => hear<ShellEvent>('shell', heard),
    profiles: () => invoke('profiles'),
    saveTrunk: (trunk, password) => invoke('save_trunk', { trunk, password }),
    removeTrunk: (name) => invoke('remove_trunk', { name }),
    keptPasswords: () => invoke('kept_passwords'),
    keepPasswords: (passphrase) => invoke('keep_passwords', { passphrase }),
    probe: (trunk, password, told, stop) => telling<ProbeStep, void>('probe', { trunk, password }, told, stop),
    tryNow: () => invoke('try_now'),
    contacts: () => invoke('contacts'),
    saveContacts: (contacts) => invoke('save_contacts', { contacts }),
    removeContact: (id) => invoke('remove_contact', { id }),
    history: (filter) => invoke('history', { filter }),
    callPage: (id) => invoke('call_page', { id }),
    silenceRing: () => invoke('silence_ring'),
    setRecording: (call, on) => invoke('set_recording', { call, on }),
    playRecording: (id) => invoke('play_recording', { id }),
    stopRecording: () => invoke('stop_recording'),
    ringtones: () => invoke('ringtones'),
    addRingtone: () => invoke('add_ringtone'),
    removeRingtone: (name) => invoke('remove_ringtone', { name }),
    tryRingtone: (name) => invoke('try_ringtone', { name }),
    saveSettings: (changed) => invoke('save_settings', { changed }),
    soundCheck: (stop) => cancellable('sound_check', {}, stop),
    saveFile: (name, text) => invoke('save_file', { name, text }),
    supportBundle: () => invoke('support_bundle'),
    licences: () => invoke('licences'),
    trace: (numbers, told, stop) => telling<TraceLine[], void>('trace', { numbers }, told, stop),
    saveTrace: (part, numbers) => invoke('save_trace', { part, numbers }),
    sipCallId: (call) => invoke('sip_call_id', { call }),
    suites: () => invoke('suites'),
    plan: (order) => invoke('plan', { order }),
    check: (order, told, stop) => telling<CheckTold, CheckReport>('check', { order }, told, stop),
    saveCheckReport: (id, form) => invoke('save_check_report', { id, form }),
    delayCheck: (stop) => cancellable('delay_check', {}, stop),
  };
}
