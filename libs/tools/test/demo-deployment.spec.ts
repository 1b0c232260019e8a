import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { compileSchema, nameAndVersion, strictSchemaProblems } from '../src/index.js';
import { repository, shipped } from './shipped-tools.js';

const config = join(repository, 'config');
const read = (path: string) => parse(readFileSync(join(config, path), 'utf8')) as any;
const folder = (name: string): any[] =>
  readdirSync(join(config, name)).map((file) => ({ file, ...read(join(name, file)) }));

describe('the demo deployment', () => {
  it('has an owner behind every tool and queue (C4, D12)', () => {
    const owners = Object.keys(read('owners.yaml').owners as object);
    for (const { owner } of [...shipped, ...folder('queues')]) expect(owners).toContain(owner);
    expect(folder('queues').map(({ queue }) => queue as string)).toEqual([
      'support-leads',
      'support-supervisors',
    ]);
  });

  it('lets no tool write without a recorded sign-off (C15)', () => {
    const { stages } = read('stages.yaml') as { stages: Record<string, string>[] };
    const signed = stages.map(({ tool, version }) => `${tool}@${version}`);
    const writing = shipped.filter(({ effect }) => effect === 'write');
    expect(signed.sort()).toEqual(writing.map(({ reference }) => nameAndVersion(reference)).sort());
    for (const stage of stages) {
      expect(stage).toMatchObject({ stage: 'human-approval', role: 'risk-owner' });
      expect(stage.reason).not.toBe('');
    }
  });

  it('gives its agents strict forms for results', () => {
    for (const { file, output } of folder('profiles').filter(({ output }) => output)) {
      expect([file, strictSchemaProblems(output)]).toEqual([file, []]);
      expect(() => compileSchema(output as object)).not.toThrow();
    }
  });

  it('takes tickets in a strict form, with a pseudonym for the person they are about', () => {
    const schema = read('schemas/support-ticket.json') as Record<string, unknown>;
    expect(strictSchemaProblems(schema)).toEqual([]);
    expect(schema['x-subject']).toBe('customer:{customer.id}');
    const fits = compileSchema(schema);
    const ticket = { customer: { id: '0931' }, subject: 's', body: 'b' };
    expect(fits(ticket)).toBe(true);
    expect(fits({ ...ticket, customer: { id: 'ana@shop.example' } })).toBe(false);
    expect(fits({ ...ticket, more: 1 })).toBe(false);
  });

  it('binds each source to one credential', () => {
    const { sources } = read('sources.yaml') as { sources: Record<string, string>[] };
    expect(sources).toEqual([
      { name: 'shop', source: 'https://shop.example/tickets', subject: 'shop' },
      { name: 'demo', source: 'https://demo.example/tickets', subject: 'demo' },
    ]);
  });
});
