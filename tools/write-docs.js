// Draws the parts of docs/ that follow from the code, and the OpenAPI documents:
//   npm run build && node tools/write-docs.js          writes them
//   node tools/write-docs.js --check                   names those that differ, and fails
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { program } from '../apps/countersign/dist/commands/program.js';
import { agentSettingsTable } from '@countersign/agent';
import { approvalsSettingsTable } from '@countersign/approvals';
import { settingsTable as settings } from '@countersign/cli';
import { settingsTable } from '@countersign/configuration';
import { eventStoreDevSettingsTable } from '@countersign/event-store-dev';
import { executorSettingsTable } from '@countersign/executor';
import { intakeSettingsTable } from '@countersign/intake';
import { orchestratorSettingsTable } from '@countersign/orchestrator';
import { commandReference } from './docs/commands.js';
import { routeTable } from './docs/routes.js';
import { messageTable, streamTable, topicTable } from './docs/messages.js';
import { asyncApiDocuments } from './docs/asyncapi.js';
import { openApiDocuments } from './docs/openapi.js';
import { portTable } from './docs/ports.js';
import { testSettingsTable } from '../tests/settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const documents = await openApiDocuments();

/** Of each process that is run by itself, and of the suites. */
const ownSettings = {
  approvals: approvalsSettingsTable,
  intake: intakeSettingsTable,
  orchestrator: orchestratorSettingsTable,
  agent: agentSettingsTable,
  executor: executorSettingsTable,
  'event store': eventStoreDevSettingsTable,
  tests: testSettingsTable,
};

/** What stands between `<!-- generated: name -->` and `<!-- /generated -->`, by name. */
const parts = {
  settings: settingsTable(settings).trimEnd(),
  ...Object.fromEntries(
    Object.entries(ownSettings).map(([reader, table]) => [
      `settings ${reader}`,
      settingsTable(table).trimEnd(),
    ]),
  ),
  ports: portTable(settings),
  commands: commandReference(program()),
  messages: messageTable(root),
  topics: topicTable(root),
  streams: streamTable(),
  ...Object.fromEntries(
    Object.entries(documents).map(([service, document]) => [
      `routes ${service}`,
      routeTable(document),
    ]),
  ),
};
const pages = ['settings', 'ports', 'commands', 'messages', 'http'].map(
  (name) => `docs/${name}.md`,
);

const drawn = new Set();
const withParts = (page) =>
  readFileSync(`${root}${page}`, 'utf8').replace(
    /(<!-- generated: ([\w ]+) -->\n)[^]*?(<!-- \/generated -->)/g,
    (_, begin, name, end) => {
      if (!(name in parts)) throw new Error(`${page}: there is no part "${name}"`);
      drawn.add(name);
      return `${begin}\n${parts[name]}\n\n${end}`;
    },
  );

const files = new Map([
  ...pages.map((page) => [page, withParts(page)]),
  ...Object.entries(documents).map(([service, document]) => [
    `docs/openapi/${service}.json`,
    `${JSON.stringify(document, null, 2)}\n`,
  ]),
  ...Object.entries(asyncApiDocuments(root)).map(([name, document]) => [
    `docs/asyncapi/${name}.json`,
    `${JSON.stringify(document, null, 2)}\n`,
  ]),
]);
const undrawn = Object.keys(parts).filter((name) => !drawn.has(name));
if (undrawn.length > 0) throw new Error(`no page shows: ${undrawn.join(', ')}`);

const contentOf = (file) => {
  try {
    return readFileSync(`${root}${file}`, 'utf8');
  } catch {
    return undefined;
  }
};
const outdated = [...files].filter(([file, content]) => contentOf(file) !== content);
for (const [file, content] of outdated) {
  console.log(`${check ? 'differs from the code' : 'wrote'}: ${file}`);
  if (!check) writeFileSync(`${root}${file}`, content);
}
if (check && outdated.length > 0)
  console.log('draw anew: npm run build && node tools/write-docs.js');
process.exit(check && outdated.length > 0 ? 1 : 0);
