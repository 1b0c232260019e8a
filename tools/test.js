// `npm test`: every suite with its time, what all of them took, then the one line that counts.
// Skipped tests, or fewer tests than the committed floor, fail: a green run that ran nothing is not
// green.
// node tools/test.js [--config FILE]… [path…]: several configurations run one after the other.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const floors = JSON.parse(readFileSync(new URL('./test-floor.json', import.meta.url), 'utf8'));
const nodeFlags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const { values, positionals: paths } = parseArgs({
  options: { config: { type: 'string', multiple: true, default: ['jest.config.js'] } },
  allowPositionals: true,
});

const nameOf = ({ name }) => name.slice(process.cwd().length + 1);

const runJest = (config) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const report = join(folder, 'report.json');
  const options = ['--config', config, '--json', `--outputFile=${report}`, '--ci', ...paths];
  const { status } = spawnSync(process.execPath, [...nodeFlags, jest, ...options], {
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(folder, { recursive: true });
  return { status, result };
};

const lasting = (ms) => {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

const printTimes = ({ testResults }) => {
  const rows = testResults.map((suite) => ({
    suite: nameOf(suite),
    seconds: ((suite.endTime - suite.startTime) / 1000).toFixed(1),
    tests: suite.assertionResults.length,
  }));
  for (const { suite, seconds, tests } of rows.sort((a, b) => b.seconds - a.seconds)) {
    console.log(`${seconds.padStart(7)} s  ${String(tests).padStart(4)} tests  ${suite}`);
  }
};

const printFailures = ({ testResults }) => {
  for (const suite of testResults) {
    const failures = suite.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of failures) {
      const why = failureMessages.join('\n').slice(0, 3_000);
      console.log(`\nfailed: ${nameOf(suite)}: ${fullName}\n${why}`);
    }
    if (suite.assertionResults.length === 0 && suite.message) {
      console.log(`\nbroken: ${nameOf(suite)}\n${suite.message}`);
    }
  }
};

/** What one configuration came to. A reason why it is not good counts as one failure at least. */
const tally = (config) => {
  const begun = performance.now();
  const { status, result } = runJest(config);
  const took = lasting(performance.now() - begun);
  if (!result) {
    console.log(`\n${config} gave no result (exit ${status})`);
    return { passed: 0, failed: 1, told: `${config}: no result in ${took}` };
  }
  printTimes(result);
  printFailures(result);
  const passed = result.numPassedTests;
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  const floor = paths.length > 0 ? 0 : floors[config];
  const short = passed < floor;
  if (skipped > 0) console.log(`${skipped} tests were skipped, and none may be`);
  if (short) {
    console.log(
      `${passed} tests passed, fewer than the floor of ${floor} in tools/test-floor.json`,
    );
  }
  const good = status === 0 && skipped === 0 && !short;
  const suites = result.numTotalTestSuites;
  const told = `${config}: ${suites} suites with ${result.numTotalTests} tests in ${took}`;
  return { passed, failed: good ? failed : Math.max(failed, 1), told };
};

const parts = values.config.map(tally);
const passed = parts.reduce((sum, part) => sum + part.passed, 0);
const failed = parts.reduce((sum, part) => sum + part.failed, 0);
console.log();
for (const { told } of parts) console.log(told);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
