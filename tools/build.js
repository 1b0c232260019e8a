// Compiles what has changed and says how far it is: `npm run build`.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const nodeMin = 24;
if (Number(process.versions.node.split('.')[0]) < nodeMin) {
  console.error(
    `Countersign needs Node ${nodeMin} or newer and found ${process.versions.node}. On Linux x64 "npm ci" brings it; elsewhere install it.`,
  );
  process.exit(1);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { references } = JSON.parse(readFileSync(`${root}tsconfig.json`, 'utf8'));
const compiler = fileURLToPath(
  new URL('../node_modules/typescript-native/bin/tsc', import.meta.url),
);
const started = performance.now();
const build = spawn(process.execPath, [compiler, '-b', '--verbose', '--pretty', 'false'], {
  cwd: root,
});

let built = 0;
const problems = [];
for await (const line of createInterface({ input: build.stdout })) {
  if (/: error TS\d+|^error TS\d+/.test(line)) problems.push(line);
  if (!/Building project/.test(line)) continue;
  built += 1;
  if (process.stderr.isTTY) {
    process.stderr.write(`\rbuilding ${built} of at most ${references.length} packages`);
  }
}
const code = await new Promise((resolve) =>
  build.exitCode === null ? build.on('close', resolve) : resolve(build.exitCode),
);
if (built > 0) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(
    `${process.stderr.isTTY ? '\r' : ''}built ${built} packages in ${seconds} s\n`,
  );
}
for (const problem of problems) console.error(problem);
process.exit(code);
