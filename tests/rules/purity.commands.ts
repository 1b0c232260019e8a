import { globSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import { chance, environment, environmentByImport, impure, innocent } from './refused-lines.js';

const eslint = new ESLint({ ruleFilter: ({ ruleId }) => ruleId.startsWith('no-restricted-') });

/** Those of the lines that lint refuses when they stand in that file. */
const refusedIn = async (filePath: string, lines: readonly string[]): Promise<string[]> => {
  const [result] = await eslint.lintText(lines.join('\n'), { filePath });
  // A file that cannot be read is refused as a whole, by no rule.
  expect(result!.messages.filter(({ ruleId }) => ruleId === null)).toEqual([]);
  const refused = new Set(result!.messages.map(({ line }) => line));
  return lines.filter((_, n) => refused.has(n + 1));
};

/** What a file may not contain, as lint is configured for it. */
const restrictionsOf = async (filePath: string) => {
  const { rules } = (await eslint.calculateConfigForFile(filePath)) as {
    readonly rules: Readonly<Record<string, unknown>>;
  };
  return Object.entries(rules).filter(([rule]) => rule.startsWith('no-restricted-'));
};

const everything = [...impure, ...chance, ...environment, ...environmentByImport, ...innocent];
const lintMaxMs = 60_000;

/** Files under the same rules, and the one of them that lint is tried on. */
const middle = {
  'services/*/src/domain/**/*.ts': 'services/agent/src/domain/caps.ts',
  'libs/decider/src/**/*.ts': 'libs/decider/src/walk.ts',
  'libs/contracts/src/**/*.ts': 'libs/contracts/src/message.ts',
};
const around = {
  'services/*/src/adapters/**/*.ts': 'services/agent/src/adapters/perform.ts',
  'services/*/src/*.module.ts': 'services/agent/src/agent.module.ts',
  'services/*/src/main-settings.ts': 'services/agent/src/main-settings.ts',
  'libs/{hosting,messaging,event-store,kafka-dev}/src/**/*.ts': 'libs/hosting/src/run-service.ts',
  'apps/*/src/{commands,host}/**/*.ts': 'apps/countersign/src/host/outside.ts',
  'examples/*/src/**/*.ts': 'examples/demo-crm/src/main.ts',
};
const readers = {
  'apps/countersign/src/settings.ts': 'apps/countersign/src/settings.ts',
  'services/*/src/main.ts': 'services/agent/src/main.ts',
  'libs/event-store-dev/src/main.ts': 'libs/event-store-dev/src/main.ts',
};

describe('lint', () => {
  it.each(Object.entries({ ...middle, ...around, ...readers }))(
    'asks the same of every file of %s',
    async (place, sample) => {
      const files = globSync(place);
      expect(files).toContain(sample);
      const asked = await restrictionsOf(sample);
      expect(asked).not.toEqual([]);
      for (const file of files) {
        expect({ file, asked: await restrictionsOf(file) }).toEqual({ file, asked });
      }
    },
  );

  it.each(Object.values(middle))(
    'keeps clock, chance and I/O out of %s',
    async (file) => {
      const refused = [...impure, ...chance, ...environment, ...environmentByImport];
      expect(await refusedIn(file, everything)).toEqual(refused);
    },
    lintMaxMs,
  );

  it.each(Object.values(around))(
    'keeps chance and the environment out of %s',
    async (file) => {
      const refused = [...chance, ...environment, ...environmentByImport];
      expect(await refusedIn(file, everything)).toEqual(refused);
    },
    lintMaxMs,
  );

  it.each(Object.values(readers))(
    'lets %s read the environment',
    async (file) => {
      expect(await refusedIn(file, everything)).toEqual(chance);
    },
    lintMaxMs,
  );

  it(
    'lets suites be told by tests/settings.ts alone',
    async () => {
      const told = [
        `export const one = process.env['ONE'];`,
        'export const two = process.env.TWO;',
      ];
      const passedOn = [
        'export const all = { ...process.env };',
        'export const at = process.env.PATH;',
      ];
      expect(await refusedIn('tests/journeys/world.ts', [...told, ...passedOn])).toEqual(told);
    },
    lintMaxMs,
  );
});
