import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What some processes have used so far, by name; Linux only, from /proc. */
export interface Usage {
  readonly atMs: number;
  /** CPU seconds of each, user and system, its own children's included. */
  readonly cpuS: Readonly<Record<string, number>>;
}

const ticksPerSecond = 100;

export const usageOf = (pids: Readonly<Record<string, number>>): Usage => ({
  atMs: performance.now(),
  cpuS: Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSOf(pid)])),
});

const cpuSOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return (fields[11]! + fields[12]! + fields[13]! + fields[14]!) / ticksPerSecond;
};

/** What model, CRM and issuer use is not the product's. */
const outside = 'outside';

/** CPU between two instants: of the product a case, in cores, and of each process a case. */
export const cpuBetween = (before: Usage, after: Usage, cases: number) => {
  const used = Object.entries(after.cpuS).map(
    ([name, cpuS]) => [name, cpuS - before.cpuS[name]!] as const,
  );
  const product = used
    .filter(([name]) => name !== outside)
    .reduce((sum, [, cpuS]) => sum + cpuS, 0);
  const seconds = (after.atMs - before.atMs) / 1_000;
  return {
    cpuMsPerCase: rounded((product * 1_000) / cases),
    cpuCores: rounded(product / seconds, 3),
    ...(used.length > 1 && {
      cpuMsPerCaseOf: Object.fromEntries(
        used.map(([name, cpuS]) => [name, rounded((cpuS * 1_000) / cases)]),
      ),
    }),
  };
};

/** Proportional set size in MiB: what the product's processes cost the machine. */
export const pssMiB = (pids: Readonly<Record<string, number>>): number =>
  Object.entries(pids)
    .filter(([name]) => name !== outside)
    .map(([, pid]) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    .reduce((sum, rollup) => sum + Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]) / 1024, 0);

/** Waits until some processes are gone. @throws Error naming those that stay for longer */
export const untilGone = async (
  pids: Readonly<Record<string, number>>,
  maxS: number,
): Promise<void> => {
  const startedAt = performance.now();
  for (;;) {
    const left = Object.entries(pids).filter(([, pid]) => runs(pid));
    if (left.length === 0) return;
    if (performance.now() - startedAt > maxS * 1_000) {
      const names = left.map(([name, pid]) => `${name} (${pid})`);
      throw new Error(`still there after ${maxS} s: ${names.join(', ')}`);
    }
    await sleep(20);
  }
};

/** One that has ended holds nothing any more, though nobody may have asked how it ended. */
const runs = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
};

/** Bytes that a folder takes on disk. */
export const bytesOn = (folder: string): number =>
  Number(execFileSync('du', ['-s', '-B1', folder], { encoding: 'utf8' }).split('\t')[0]);

/** Bytes of each file below a folder, for telling where they go. */
export const bytesByFile = (folder: string): Record<string, number> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1), statSync(path).size];
      }),
  );

/** The p-th percentile (0 < p ≤ 1) of some milliseconds, to a hundredth; null for none. */
export const percentile = (values: readonly number[], p: number): number | null => {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return rounded(sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)]!);
};

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
