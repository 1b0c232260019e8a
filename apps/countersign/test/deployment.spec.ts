import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readDeployment } from '../src/host/deployment.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-deployment-'));
  cpSync('config', folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const change = (file: string, from: string, to: string) => {
  const path = join(folder, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
};

describe('the files of a deployment', () => {
  it('say who may send, and how far each tool may go', () => {
    const { sources, stages } = readDeployment(folder);
    expect(sources.map(({ name }) => name)).toEqual(['shop', 'demo']);
    expect(stages.map(({ tool, stage }) => [tool, stage])).toContainEqual([
      'crm.resolve-ticket',
      'human-approval',
    ]);
  });

  it('C15 sign off no tool that does not exist: the line, and the tools that do', () => {
    change('stages.yaml', 'tool: crm.resolve-ticket', 'tool: crm.resolve-tickets');
    expect(() => readDeployment(folder)).toThrow(
      /stages\.yaml:\d+:\d+: \/stages\/0\/tool: there is no tool crm\.resolve-tickets@1 \(allowed: .*crm\.resolve-ticket@1/,
    );
  });

  it('name the stages that there are', () => {
    change('stages.yaml', 'stage: human-approval', 'stage: autonomous');
    expect(() => readDeployment(folder)).toThrow(/allowed: read-only, human-approval/);
  });
});
