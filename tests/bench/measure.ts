import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a process and its children have used; Linux only, from /proc. */
export interface Usage {
  readonly atMs: number;
  /** CPU seconds, user and system. */
  readonly cpuS: number;
}

const ticksPerSecond = 100;

export const usageOf = (pid: number): Usage => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return {
    atMs: performance.now(),
    cpuS: (fields[11]! + fields[12]! + fields[13]! + fields[14]!) / ticksPerSecond,
  };
};

/** Proportional set size in MiB: what the process costs the machine. */
export const pssMiB = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]) / 1024;

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
