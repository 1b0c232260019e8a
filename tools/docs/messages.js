import { readFileSync } from 'node:fs';
import {
  agentSays,
  approvalsSays,
  executorSays,
  intakeSays,
  messageTypes,
  orchestratorSays,
  rights,
  services,
  topics,
} from '@countersign/contracts';
import { code, codes, table } from './markdown.js';

const said = {
  intake: intakeSays,
  orchestrator: orchestratorSays,
  agent: agentSays,
  approvals: approvalsSays,
  executor: executorSays,
};

/** Every message with its speaker, its hearers, its topic, what is sealed, and what it means. */
export const messageTable = (root) =>
  table(
    ['message', 'from', 'to', 'topic', 'sealed fields', 'meaning'],
    allMessages(root).map(({ type, from, to, topic, meaning }) => [
      link(type),
      from,
      to.join(', '),
      code(topic),
      codes(type.personal),
      meaning,
    ]),
  );

const link = ({ type, schemaVersion }) =>
  `[${type} v${schemaVersion}](../libs/contracts/schemas/${type}.v${schemaVersion}.json)`;

/** Every message with its speaker, its hearers, its topic and its meaning. */
export const allMessages = (root) => {
  const hearers = hearersIn(root);
  const found = services.flatMap((from) =>
    Object.values(said[from])
      .filter((type) => messageTypes.get(type?.type) === type)
      .map((type) => {
        const to = hearers.get(type.type) ?? ['upstream'];
        return {
          type,
          from,
          to,
          topic: topicOf(from, to[0]),
          meaning: meaningOf(root, from, type),
        };
      }),
  );
  if (found.length !== messageTypes.size) throw new Error('a message has no speaker');
  return found;
};

const topicOf = (from, to) => {
  if (to === 'upstream') return topics.outcomes;
  return from === 'orchestrator' ? topics.commands(to) : topics.answers(from);
};

/** Who takes which message, from the handlers themselves. */
const hearersIn = (root) => {
  const hearers = new Map();
  for (const service of services) {
    const inbox = readFileSync(`${root}services/${service}/src/adapters/inbox.ts`, 'utf8');
    for (const [, list] of inbox.matchAll(/@OnMessage\(([^)]*)\)/g)) {
      for (const [, type] of list.matchAll(/'(\w+)'/g)) {
        hearers.set(type, [...(hearers.get(type) ?? []), service]);
      }
    }
  }
  return hearers;
};

/** The words that stand above its declaration. */
const meaningOf = (root, speaker, { type }) => {
  const source = readFileSync(`${root}libs/contracts/src/${speaker}.ts`, 'utf8');
  const found = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\nexport const ${type} =`).exec(source);
  if (!found) throw new Error(`${type} says nowhere what it means`);
  const words = found[1]
    .replace(/^\s*\*/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const meaning = words.replace(/^(To (the )?\w+|For upstream, on `[^`]*`): /, '');
  return meaning[0].toUpperCase() + meaning.slice(1);
};

export const topicTable = (root) => {
  const types = Map.groupBy(allMessages(root), ({ topic }) => topic);
  const published = new Set(services.flatMap((service) => rights[service].publish));
  return table(
    ['topic', 'written by', 'read by', 'carries'],
    [...published].map((topic) => [
      code(topic),
      services.filter((service) => rights[service].publish.includes(topic)).join(', '),
      services.filter((service) => rights[service].consume.includes(topic)).join(', ') ||
        (topic === topics.outcomes ? 'upstream' : 'people'),
      types
        .get(topic)
        ?.map(({ type }) => type.type)
        .join(', ') ?? 'messages that the service could not take, with their cause',
    ]),
  );
};

/** Streams by the beginning of their names: one writer each. */
export const streamTable = () => {
  const prefixes = services.flatMap((service) =>
    rights[service].append.map((prefix) => ({ prefix, service })),
  );
  return table(
    ['stream', 'written by', 'read by others'],
    prefixes.map(({ prefix, service }) => {
      const readers = services.filter((one) => rights[one].read.includes(prefix));
      const others = readers.filter((one) => one !== service);
      return [
        code(`${prefix}${prefix.endsWith('-') ? '…' : ''}`),
        service,
        others.join(', ') || '–',
      ];
    }),
  );
};
