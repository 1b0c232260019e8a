// `npm test`: every suite with its time, then the one line that counts. Skipped tests, or fewer
// tests than the committed floor, fail: a green run that ran nothing is not green.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const { floor } = JSON.parse(readFileSync(new URL('./test-floor.json', import.meta.url), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
const report = join(folder, 'report.json');
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const options = ['--json', `--outputFile=${report}`, '--ci', ...process.argv.slice(2)];
const run = spawnSync(process.execPath, [...flags, jest, ...options], {
  stdio: ['inherit', 'ignore', 'inherit'],
});
const result = JSON.parse(readFileSync(report, 'utf8'));
rmSync(folder, { recursive: true });

const rows = result.testResults.map(({ name, startTime, endTime, assertionResults }) => ({
  suite: name.slice(process.cwd().length + 1),
  seconds: ((endTime - startTime) / 1000).toFixed(1),
  tests: assertionResults.length,
}));
for (const { suite, seconds, tests } of rows.sort((a, b) => b.seconds - a.seconds)) {
  console.log(`${seconds.padStart(7)} s  ${String(tests).padStart(4)} tests  ${suite}`);
}
for (const { name, message, assertionResults } of result.testResults) {
  const suite = name.slice(process.cwd().length + 1);
  const failures = assertionResults.filter(({ status }) => status === 'failed');
  for (const { fullName, failureMessages } of failures) {
    console.log(`\nfailed: ${suite}: ${fullName}\n${failureMessages.join('\n').slice(0, 3_000)}`);
  }
  if (assertionResults.length === 0 && message) console.log(`\nbroken: ${suite}\n${message}`);
}

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = result;
const brokenSuites = result.numRuntimeErrorTestSuites;
const skipped = numPendingTests + numTodoTests;
const wholeRun = process.argv.length === 2;
if (skipped > 0) console.log(`${skipped} tests were skipped, and none may be`);
if (wholeRun && numPassedTests < floor) {
  console.log(
    `${numPassedTests} tests passed, fewer than the floor of ${floor} in tools/test-floor.json`,
  );
}
const failed = numFailedTests + brokenSuites;
console.log(`${numPassedTests} passed, ${failed} failed`);
const good = run.status === 0 && failed === 0 && skipped === 0;
process.exit(good && (!wholeRun || numPassedTests >= floor) ? 0 : 1);
