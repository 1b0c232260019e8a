import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The command line of a process; empty when there is none, or none can be seen. */
export const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout ?? '';
  }
};

const lookEveryMs = 20;

/** Resolves when the process has gone, or with false when it has not within `patienceMs`. */
export const gone = async (pid: number, patienceMs: number): Promise<boolean> => {
  const begun = performance.now();
  // One that has ended and is not yet reaped has no command line any more.
  while (isAlive(pid) && commandOf(pid).trim() !== '') {
    if (performance.now() - begun > patienceMs) return false;
    await sleep(lookEveryMs);
  }
  return true;
};
