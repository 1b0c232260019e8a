import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { showLogs } from '../src/commands/logs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (second: number, caseId: string, more: object = {}) =>
  JSON.stringify({
    ...{ level: 'info', ts: `2026-01-05T09:00:0${second}.000Z`, service: 'intake' },
    ...{ caseId, correlationId: `corr-${caseId}`, msg: `at ${second}`, ...more },
  });
const write = (name: string, ...lines: string[]) =>
  writeFileSync(join(folder, name), lines.join('\n'));

const show = async (filter: Parameters<typeof showLogs>[1], json = true): Promise<string[]> => {
  const shown: string[] = [];
  await showLogs(folder, filter, json, (text) => shown.push(text));
  return shown;
};

describe('the log lines of one case', () => {
  it('come from all services and from files set aside, by time', async () => {
    write('agent.jsonl', line(3, 'a'), line(4, 'b'), '');
    write('intake.1.jsonl', line(1, 'a'), '');
    write('intake.jsonl', line(2, 'a'), line(5, 'a'), '');
    write('notes.txt', line(0, 'a'));
    const shown = await show({ caseId: 'a' });
    expect(shown.map((text) => JSON.parse(text).msg)).toEqual(['at 1', 'at 2', 'at 3', 'at 5']);
    expect(await show({ correlationId: 'corr-b' })).toHaveLength(1);
    expect(await show({ caseId: 'a', correlationId: 'corr-b' }).catch(String)).toContain('no line');
  });

  it('pass over a line that a kill cut short', async () => {
    write('agent.jsonl', line(1, 'a'), line(2, 'a').slice(0, 40));
    expect(await show({ caseId: 'a' })).toHaveLength(1);
  });

  it('can be read by people, without obeying what they contain', async () => {
    const place = { stream: 'case-a', revision: 2, actor: 'human:ana\u202e', causationId: 'c-1' };
    write('agent.jsonl', line(1, 'a', place));
    const [text] = await show({ caseId: 'a' }, false);
    expect(text).toContain('case-a@2');
    expect(text).toContain('human:ana⟦U+202E⟧');
    expect(text).toContain('← c-1');
  });
});
