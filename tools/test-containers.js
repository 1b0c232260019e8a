// `npm run test:containers`: the adapters against Kafka and EventStoreDB in containers, and the image.
import { spawnSync } from 'node:child_process';

// The engine that Docker's own command would use: DOCKER_HOST and contexts count.
const asked = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], {
  encoding: 'utf8',
  timeout: 20_000,
});
if (asked.status !== 0) {
  console.error(
    'no container engine answers here: install or start Docker, or name one in DOCKER_HOST; npm test needs none.',
  );
  process.exit(1);
}
console.log(`Docker ${asked.stdout.trim()}`);
const jest = ['tools/jest.js', '--config', 'jest.containers.config.js', ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, jest, { stdio: 'inherit' }).status ?? 1);
