import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { jsonSchemaOf, messageTypes, rights, services, topics } from '../src/index.js';

const folder = new URL('../', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
const types = [...messageTypes.values()];

describe('U1 the published contract', () => {
  it.each(types)('of $type is the committed snapshot', (type) => {
    const published = read(`schemas/${type.type}.v${type.schemaVersion}.json`);
    expect(JSON.parse(JSON.stringify(jsonSchemaOf(type)))).toEqual(published);
  });

  it.each(types)('of $type has an example that it accepts', (type) => {
    const example = read(`examples/${type.type}.v${type.schemaVersion}.json`);
    expect(type.data.safeParse(example)).toMatchObject({ success: true });
  });

  it.each(types)('of $type refuses a field that nobody declared', (type) => {
    const example = read(`examples/${type.type}.v${type.schemaVersion}.json`) as object;
    expect(type.data.safeParse({ ...example, smuggled: true }).success).toBe(false);
  });

  it('has no snapshot or example of a message that is gone', () => {
    const known = types.map(({ type, schemaVersion }) => `${type}.v${schemaVersion}.json`).sort();
    expect(readdirSync(new URL('schemas', folder)).sort()).toEqual(known);
    expect(readdirSync(new URL('examples', folder)).sort()).toEqual(known);
  });
});

describe('the rights of services', () => {
  it('I17 let nobody but the orchestrator send a command', () => {
    for (const service of services) {
      const commands = services
        .map(topics.commands)
        .filter((t) => rights[service].publish.includes(t));
      if (service === 'orchestrator') expect(commands).not.toHaveLength(0);
      else expect(commands).toEqual([]);
    }
  });

  it('give every business stream one writer', () => {
    for (const prefix of [
      'intake-',
      'case-',
      'agent-run-',
      'approval-',
      'execution-',
      'controls-',
    ]) {
      const writers = services.filter((service) =>
        rights[service].append.some((allowed) => `${prefix}1`.startsWith(allowed)),
      );
      expect(writers).toHaveLength(1);
    }
  });

  it('let only intake speak to upstream', () => {
    const speakers = services.filter((service) =>
      rights[service].publish.includes(topics.outcomes),
    );
    expect(speakers).toEqual(['intake']);
  });
});
