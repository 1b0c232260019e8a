/** What can go wrong between a caller and a target, on demand. */
export const faultModes = [
  /** 503; nothing was done. */
  'error-before-effect',
  /** It was done, and the answer is 500. */
  'effect-then-500',
  /** It was done, and the connection is reset. */
  'effect-then-reset',
  /** It was done; no answer for `ms`, then the connection is reset. */
  'effect-then-silence',
  /** No answer for `ms`, then 503; nothing was done. */
  'stall-before-effect',
  /** Done and answered, but only after `ms`, whether or not the caller still waits. */
  'slow',
] as const;
export type FaultMode = (typeof faultModes)[number];

export interface Fault {
  readonly mode: FaultMode;
  /** How many write calls it spoils. */
  readonly times: number;
  readonly ms: number;
  /** Only calls whose path begins so. */
  readonly path?: string;
}

const msDefault: Partial<Record<FaultMode, number>> = {
  'effect-then-silence': 60_000,
  'stall-before-effect': 60_000,
  slow: 1_000,
};
const msMax = 600_000;

/** The body of `POST /faults`, or what is wrong with it. */
export const faultFrom = (body: unknown): Fault | string => {
  if (typeof body !== 'object' || body === null) return 'write {"mode": …, "times": 1}';
  const { mode, times = 1, ms, path } = body as Record<string, unknown>;
  if (!faultModes.includes(mode as FaultMode)) return `mode is one of ${faultModes.join(', ')}`;
  const wait = ms ?? msDefault[mode as FaultMode] ?? 0;
  if (!Number.isSafeInteger(times) || (times as number) < 1) return 'times is 1 or more';
  if (!Number.isSafeInteger(wait) || (wait as number) < 0 || (wait as number) > msMax) {
    return `ms is 0 to ${msMax}`;
  }
  if (path !== undefined && typeof path !== 'string') return 'path is the beginning of a path';
  return {
    mode: mode as FaultMode,
    times: times as number,
    ms: wait as number,
    ...(path === undefined ? {} : { path }),
  };
};

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  /** The fault that the next write call to `path` suffers, used up by asking. */
  take(path: string): Fault | undefined;
}

export const armedFaults = (): Faults => {
  let armed: Fault[] = [];
  return {
    add: (fault) => void armed.push(fault),
    clear: () => {
      armed = [];
    },
    list: () => armed,
    take: (path) => {
      const found = armed.find((fault) => path.startsWith(fault.path ?? ''));
      if (!found) return undefined;
      const left = { ...found, times: found.times - 1 };
      armed = armed.flatMap((fault) => (fault !== found ? [fault] : left.times > 0 ? [left] : []));
      return found;
    },
  };
};
