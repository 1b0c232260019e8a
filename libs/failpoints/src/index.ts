import { existsSync } from 'node:fs';

/**
 * Named places where a fault can be asked for, so that tests can kill a process exactly there.
 * In production nothing is configured and reaching a point costs one call.
 */
export interface Failpoints {
  reach(point: string): void | Promise<void>;
}

export const noFailpoints: Failpoints = { reach: () => undefined };

interface Fault {
  readonly action: 'kill' | 'delay' | 'throw';
  readonly hit: number;
  /** Of a delay; of a kill, how long the point is held before. */
  readonly ms: number;
  /** Until this file exists, nothing happens and nothing is counted. */
  readonly armedBy: string | undefined;
}

const form = /^([a-z0-9._-]+)=(?:(throw|kill)|(kill|delay):(\d+))(?:@(\d+))?(?: when (\S+))?$/;

const parse = (text: string): [string, Fault] => {
  const found = form.exec(text.trim());
  if (!found) {
    throw new Error(
      `FAILPOINTS: cannot read "${text}"; write point=kill@n, point=kill:ms@n, point=throw@n or point=delay:ms@n, and perhaps " when /path/of/a/file"`,
    );
  }
  const [, point, atOnce, after, ms, hit, armedBy] = found;
  const action = (atOnce ?? after) as Fault['action'];
  return [point!, { action, hit: Number(hit ?? 1), ms: Number(ms ?? 0), armedBy }];
};

/**
 * Reads `point=kill@3,other=delay:2000`: the action happens at the n-th time the point is reached
 * (the first unless said), a delay at every time from then on. `kill:400` holds the point for so
 * many milliseconds before, while everything else goes on. With ` when /path` the counting begins
 * when that file exists, so that a process can first recover from what was done to it before. A point
 * may have several faults, each with a count of its own.
 * @param onFault told before the fault happens, e.g. to leave a mark that a test can check.
 */
export const failpointsFrom = (spec: string, onFault: (point: string) => void): Failpoints => {
  if (spec.trim() === '') return noFailpoints;
  const faults = Map.groupBy(spec.split(',').map(parse), ([point]) => point);
  const hits = new Map<Fault, number>();
  const isHit = (fault: Fault): boolean => {
    const hit = (hits.get(fault) ?? 0) + 1;
    hits.set(fault, hit);
    return fault.action === 'delay' ? hit >= fault.hit : hit === fault.hit;
  };
  return {
    reach: (point) => {
      const armed = (faults.get(point) ?? []).map(([, fault]) => fault).filter(isArmed);
      const [fault] = armed.filter(isHit);
      if (!fault) return undefined;
      onFault(point);
      if (fault.action === 'throw') throw new Error(`failpoint ${point}`);
      return fault.action === 'delay' ? wait(fault.ms) : die(fault.ms);
    },
  };
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Never resolves: whoever is held here dies here. */
const die = (ms: number): Promise<void> => {
  const kill = () => process.kill(process.pid, 'SIGKILL');
  if (ms === 0) kill();
  else setTimeout(kill, ms);
  return new Promise<void>(() => undefined);
};

const isArmed = ({ armedBy }: Fault): boolean => armedBy === undefined || existsSync(armedBy);
