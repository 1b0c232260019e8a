import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  allTopics,
  jsonSchemaOf,
  messageTypes,
  rights,
  rightsFor,
  services,
  sourceName,
  topics,
  upstreamNameOf,
} from '../src/index.js';

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

describe('sources', () => {
  it('open one topic each, to intake alone, and to nobody for writing', () => {
    const table = rightsFor(['shop', 'demo']);
    for (const topic of ['intake.shop.v1', 'intake.demo.v1']) {
      expect(services.filter((one) => table[one].consume.includes(topic))).toEqual(['intake']);
      expect(services.filter((one) => table[one].publish.includes(topic))).toEqual([]);
      expect(services.filter((one) => table[one].replay.includes(topic))).toEqual([]);
      expect(rights.intake.consume).not.toContain(topic);
    }
  });

  it.each(['commands', 'answers', 'dead-letters', 'Shop', 'a.b', 'a_b', '-a', '', 'x'.repeat(64)])(
    'may not be called %j: its topic would be another one of ours, or none',
    (name) => {
      expect(sourceName.safeParse(name).success).toBe(false);
      expect(upstreamNameOf(topics.upstream(name))).toBeUndefined();
    },
  );

  it('are known by their topics', () => {
    expect(sourceName.safeParse('web-shop-2').success).toBe(true);
    expect(upstreamNameOf(topics.upstream('web-shop-2'))).toBe('web-shop-2');
    expect(upstreamNameOf(topics.outcomes)).toBeUndefined();
  });

  it('and services together have all topics, each once, dead letters and outcomes too', () => {
    const all = allTopics(['shop']);
    expect(new Set(all).size).toBe(all.length);
    for (const service of services) {
      const { publish, consume } = rights[service];
      expect(all).toEqual(expect.arrayContaining([...publish, ...consume]));
      expect(all).toContain(topics.deadLetters(service));
    }
    expect(all).toContain('intake.shop.v1');
    expect(all).toContain(topics.outcomes);
  });
});
