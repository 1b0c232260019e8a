#!/usr/bin/env node
import { program } from './commands/program.js';
import { CommandFailed, exitCodes } from './commands/front-door.js';
import { whyNotStarted } from './commands/start.js';

const complain = (error: unknown): number => {
  if (error instanceof CommandFailed) {
    console.error(error.message);
    return error.exitCode;
  }
  const why = whyNotStarted(error);
  console.error(why ?? error);
  return exitCodes.failure;
};

// Whoever reads the output may stop reading, as `head` does: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program().parseAsync();
} catch (error) {
  // What had been opened before the failure must not keep the process alive.
  process.exit(complain(error));
}
