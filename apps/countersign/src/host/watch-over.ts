import { spawn } from 'node:child_process';

const script = `
read -r word && [ "$word" = over ] && exit 0
seconds=0
while kill -0 "$1" 2>/dev/null; do
  [ "$seconds" -eq "$2" ] && kill -TERM "$1"
  [ "$seconds" -eq 30 ] && kill -KILL "$1"
  seconds=$((seconds + 1))
  sleep 1
done`;

/**
 * Ends a process when this one is gone, however it went: the pipe to the watcher closes then.
 * @param afterS seconds that it is given before it is asked to end
 * @returns tells the watcher that the process is over
 */
export const watchOver = (pid: number, afterS: number): (() => void) => {
  const watcher = spawn('/bin/sh', ['-c', script, 'watch', String(pid), String(afterS)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return () => void watcher.stdin.end('over\n');
};
