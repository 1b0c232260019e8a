import { existsSync, readdirSync, readFileSync } from 'node:fs';

// Tests run on the sources: a package name leads to its src/index.ts, a relative .js to its .ts.
const packages = ['libs', 'services', 'apps', 'examples'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => existsSync(`${folder}/${name}/package.json`))
    .map((name) => [
      JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).name,
      `<rootDir>/${folder}/${name}/src/index.ts`,
    ]),
);

export default {
  testMatch: ['**/test/**/*.spec.ts', '<rootDir>/tests/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    ...Object.fromEntries(packages.map(([name, path]) => [`^${name}$`, path])),
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  testSequencer: '<rootDir>/tools/longest-first.js',
  testTimeout: 20_000,
  // The longest suite mostly waits for processes that it killed.
  maxWorkers: '100%',
};
