import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

let folder: string;
/** What stands on the PATH of the one who types, before the rest of the system. */
let onPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-launcher-'));
  onPath = join(folder, 'on-path');
  mkdirSync(onPath);
  copyFileSync('countersign', join(folder, 'countersign'));
  // What the launcher needs of the system, and nothing else of it: it may have a Node as well.
  symlinkSync('/usr/bin/dirname', join(onPath, 'dirname'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
};
/** A Node that says its major version when asked, and does nothing else well. */
const oldNode = (major: number) => program(join(onPath, 'node'), `[ "$1" = -p ] && echo ${major}`);
/** A Node that is new enough, which tells how it was called. */
const newNode = (path: string, name: string) =>
  program(path, `[ "$1" = -p ] && echo 24 && exit\necho "${name}: $@"`);
const newNodeOfThePackage = () =>
  newNode(join(folder, 'node_modules/.bin/node'), 'the one that npm ci brought');
const built = () => {
  mkdirSync(join(folder, 'apps/countersign/dist'), { recursive: true });
  writeFileSync(join(folder, 'apps/countersign/dist/main.js'), '');
};

const launch = (...args: readonly string[]) =>
  new Promise((resolve) => {
    const env = { PATH: onPath };
    execFile(join(folder, 'countersign'), args, { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

const calledWith = (name: string, args: string) =>
  expect.stringMatching(new RegExp(`^${name}: .*/apps/countersign/dist/main\\.js ${args}\n$`));

describe('the launcher', () => {
  it('takes the Node that npm ci brought where an older one comes first on the PATH', async () => {
    oldNode(20);
    newNodeOfThePackage();
    built();
    const out = calledWith('the one that npm ci brought', 'case list --json');
    expect(await launch('case', 'list', '--json')).toEqual({ code: 0, out, err: '' });
  });

  it('takes the system’s own where that is new enough', async () => {
    newNode(join(onPath, 'node'), 'the system’s own');
    newNodeOfThePackage();
    built();
    const out = calledWith('the system’s own', 'config');
    expect(await launch('config')).toEqual({ code: 0, out, err: '' });
  });

  it.each([
    ['is none', () => undefined],
    ['are only older ones', () => oldNode(22)],
    ['is one that does not run', () => program(join(onPath, 'node'), 'exit 1')],
  ])('says what to do in a line, and ends with 1, where there %s', async (_, prepare) => {
    prepare();
    built();
    expect(await launch('start')).toEqual({
      code: 1,
      out: '',
      err: 'countersign needs Node 24 or newer: run npm ci here (Linux x64), or install it\n',
    });
  });

  it('says what to do in a line, and ends with 1, where nothing has been built', async () => {
    oldNode(20);
    newNodeOfThePackage();
    const err = 'not built yet: run npm ci && npm start\n';
    expect(await launch('start')).toEqual({ code: 1, out: '', err });
  });
});
