import { noFaults, type FaultSettings } from './faults.js';

/** What a request changes: settings that stay, and things that are done once. */
export interface FaultChanges {
  readonly settings: Partial<FaultSettings>;
  readonly dropSubscriptions: boolean;
  /** Closes the store, and opens it again after so long. */
  readonly restartAfterMs: number | undefined;
}

const countMax = 1_000_000;
const restartMaxMs = 600_000;

/** @throws Error in words what is not understood; then nothing is changed */
export const faultChangesFrom = (body: unknown): FaultChanges => {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new Error('faults are a JSON object');
  }
  const { dropSubscriptions, restartAfterMs, reset, ...rest } = body as Record<string, unknown>;
  const settings: Record<string, unknown> = boolean('reset', reset) ? { ...noFaults } : {};
  for (const [name, value] of Object.entries(rest)) {
    if (!(name in noFaults)) throw new Error(`there is no fault ${name}: ${known}`);
    const kind = typeof noFaults[name as keyof FaultSettings];
    settings[name] = kind === 'boolean' ? boolean(name, value) : whole(name, value, countMax);
  }
  return {
    settings,
    dropSubscriptions: boolean('dropSubscriptions', dropSubscriptions),
    restartAfterMs:
      restartAfterMs === undefined
        ? undefined
        : whole('restartAfterMs', restartAfterMs, restartMaxMs),
  };
};

const known = [...Object.keys(noFaults), 'dropSubscriptions', 'restartAfterMs', 'reset'].join(', ');

const boolean = (name: string, value: unknown): boolean => {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new Error(`${name} must be true or false`);
};

const whole = (name: string, value: unknown, max: number): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) {
    return value;
  }
  throw new Error(`${name} must be a whole number from 0 to ${max}`);
};
