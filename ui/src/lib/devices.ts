import type { Device, Role, Settings } from '../host';

type Chosen = Settings['devices'];

/** The devices that are known, and the choice among them. */
export interface SoundDevices {
  devices: readonly Device[];
  chosen: Chosen;
}

const ROLES: Role[] = ['microphone', 'speaker', 'ring'];

/** The choice that puts back the devices that were left although they are still there; `null` when there are none. */
export function putBack(before: SoundDevices, after: SoundDevices): Chosen | null {
  const left = ROLES.filter((role) => {
    const was = used(before, role);
    return was !== used(after, role) && after.devices.some((one) => one.role === role && one.id === was && one.present);
  });
  return left.length === 0 ? null : { ...after.chosen, ...Object.fromEntries(left.map((role) => [role, used(before, role)])) };
}

/** The device of a role: the chosen one, else that of the system. */
function used({ devices, chosen }: SoundDevices, role: Role): string | null {
  return chosen[role] ?? devices.find((one) => one.role === role && one.preferred)?.id ?? null;
}
