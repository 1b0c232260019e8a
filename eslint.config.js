import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

const impure = [
  ['Date', 'Time comes in as data: use the recordedAt of the input.'],
  ['setTimeout', 'Waiting is an alarm that a fact opens.'],
  ['setInterval', 'Waiting is an alarm that a fact opens.'],
  ['setImmediate', 'The domain does not schedule.'],
  ['queueMicrotask', 'The domain does not schedule.'],
  ['process', 'The domain has no surroundings.'],
  ['performance', 'Time comes in as data.'],
  ['crypto', 'Chance comes in as data.'],
  ['fetch', 'The domain does no I/O.'],
  ['console', 'The domain does no I/O.'],
].map(([name, message]) => ({ name, message }));

const chance = { object: 'Math', property: 'random', message: 'Chance comes in as data.' };

const toldByValues =
  'Settings come in as values: settings.ts of the command line and the main.ts of a process read them.';
const environment = [
  { object: 'process', property: 'env', message: toldByValues },
  { object: 'globalThis', property: 'process', message: toldByValues },
];

export default tseslint.config(
  { ignores: ['**/dist/', 'node_modules/', 'coverage/', 'data/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'max-lines': ['error', { max: 260, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': ['error', chance],
    },
  },
  {
    files: ['{libs,services,apps,examples}/*/src/**/*.ts'],
    ignores: [
      'apps/countersign/src/settings.ts',
      'services/*/src/main.ts',
      'libs/event-store-dev/src/main.ts',
    ],
    rules: {
      'no-restricted-properties': ['error', chance, ...environment],
      'no-restricted-imports': [
        'error',
        ...['process', 'node:process'].map((name) => ({ name, message: toldByValues })),
      ],
    },
  },
  {
    files: ['{libs,services,apps,examples}/*/src/**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  {
    // The middle is functions over values (ADR 1): purity is a lint error, not a habit.
    files: [
      'services/*/src/domain/**/*.ts',
      'libs/decider/src/**/*.ts',
      'libs/contracts/src/**/*.ts',
    ],
    rules: {
      'no-restricted-globals': ['error', { globals: impure, checkGlobalObject: true }],
      'no-restricted-imports': [
        'error',
        {
          paths: builtinModules.map((name) => ({ name, message: 'The domain does no I/O.' })),
          patterns: [
            { group: ['node:*'], message: 'The domain does no I/O.' },
            { group: ['@nestjs/*', 'rxjs', 'fastify'], message: 'Nest stays at the edge.' },
            { group: ['**/adapters/*'], message: 'Dependencies point inward.' },
            {
              group: ['@countersign/event-store', '@countersign/messaging', '@countersign/http'],
              message: 'The domain knows neither store nor bus nor HTTP.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/test/**/*.ts', 'tests/**/*.ts'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: `MemberExpression[object.object.name='process'][object.property.name='env']:not([property.name='PATH'], [property.value='PATH'])`,
          message: 'What suites are told stands in tests/settings.ts, and so in docs/settings.md.',
        },
      ],
    },
  },
);
