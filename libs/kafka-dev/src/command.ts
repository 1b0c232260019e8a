import { spawn } from 'node:child_process';

export interface CommandEnd {
  /** Undefined when there is no such program. */
  readonly code: number | null | undefined;
  /** Both outputs, the newest 64 KiB. */
  readonly said: string;
}

const saidMax = 64 * 1024;

/** Runs a program to its end, telling its lines as they come. */
export const runCommand = (
  program: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Promise<CommandEnd> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      let rest = '';
      output.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-saidMax);
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        lines.forEach(onLine);
      });
    }
    child.once('error', () => resolve({ code: undefined, said }));
    child.once('close', (code) => resolve({ code, said }));
  });
