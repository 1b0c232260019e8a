import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { envelope } from '@countersign/messaging';
import { allMessages } from './messages.js';

/**
 * Two AsyncAPI 3.0 documents from the code: what upstream publishes and hears, and what the
 * services say to one another.
 */
export const asyncApiDocuments = (root) => {
  const messages = allMessages(root).map((message) => ({
    ...message,
    cloudEvent: cloudEventOf(root, message),
  }));
  const heardUpstream = messages.filter(({ to }) => to.includes('upstream'));
  const internal = messages.filter(({ to }) => !to.includes('upstream'));
  return {
    upstream: documentOf('Countersign: for publishers of events', {
      ...intakeChannels(root),
      ...channelsOf(heardUpstream),
    }),
    services: documentOf('Countersign: between its services', channelsOf(internal)),
  };
};

const documentOf = (title, parts) => ({
  asyncapi: '3.0.0',
  info: {
    title,
    version: '1',
    license: { name: 'Apache-2.0' },
    description:
      'Drawn from the code; send and receive are what Countersign does. Records carry CloudEvents 1.0. What Countersign sends has the case id as its key and comes at least once, in order per key.',
  },
  defaultContentType: 'application/cloudevents+json',
  servers: {
    local: { host: '127.0.0.1:9092', protocol: 'kafka', description: 'npm run start:services' },
  },
  channels: Object.fromEntries(Object.entries(parts).map(([name, { channel }]) => [name, channel])),
  operations: Object.fromEntries(
    Object.entries(parts).map(([name, { action, summary }]) => [
      `${action}-${name}`,
      { action, summary, channel: { $ref: `#/channels/${name}` } },
    ]),
  ),
});

const draft7 = (schema) => {
  const { $schema, ...plain } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return plain;
};

/** The envelope of every message of ours, with the data of this one. */
const cloudEventOf = (root, { type, meaning }) => {
  const frame = draft7(envelope);
  const ceType = `countersign.${type.type}.v${type.schemaVersion}`;
  return {
    name: type.type,
    title: `${type.type} v${type.schemaVersion}`,
    summary: meaning,
    contentType: 'application/cloudevents+json',
    payload: {
      ...frame,
      properties: {
        ...frame.properties,
        type: { const: ceType },
        data: { ...draft7(type.data), 'x-sealed': type.personal },
      },
    },
  };
};

const channelsOf = (messages) =>
  Object.fromEntries(
    [...Map.groupBy(messages, ({ topic }) => topic)].map(([topic, those]) => [
      topic,
      {
        action: 'send',
        summary: `${those[0].from} → ${[...new Set(those.flatMap(({ to }) => to))].join(', ')}`,
        channel: {
          address: topic,
          messages: Object.fromEntries(
            those.map(({ cloudEvent }) => [cloudEvent.name, cloudEvent]),
          ),
        },
      },
    ]),
  );

/** One topic a source; its event types and their data are what the workflows accept. */
const intakeChannels = (root) => {
  const { sources } = parse(readFileSync(join(root, 'config/sources.yaml'), 'utf8'));
  return {
    intake: {
      action: 'receive',
      summary: 'An event becomes a case, once, however often it is sent.',
      channel: {
        address: 'intake.{source}.v1',
        parameters: {
          source: {
            enum: sources.map(({ name }) => name),
            description: 'The name of the source in config/sources.yaml.',
          },
        },
        messages: Object.fromEntries(acceptedTypes(root).map(upstreamMessage)),
      },
    },
  };
};

const acceptedTypes = (root) =>
  readdirSync(join(root, 'config/workflows')).flatMap((file) => {
    const { accepts, input, title } = parse(
      readFileSync(join(root, 'config/workflows', file), 'utf8'),
    );
    const schema = JSON.parse(readFileSync(join(root, 'config', input), 'utf8'));
    return accepts.map((type) => ({ type, title, schema }));
  });

const text = { type: 'string', minLength: 1 };

const upstreamMessage = ({ type, title, schema: { $schema, $id, ...data } }) => [
  type,
  {
    name: type,
    title,
    summary:
      'Structured mode; binary mode carries the attributes as ce_ headers and data as value.',
    contentType: 'application/cloudevents+json',
    payload: {
      type: 'object',
      required: ['specversion', 'id', 'source', 'type', 'data'],
      properties: {
        specversion: { const: '1.0' },
        id: { ...text, maxLength: 256 },
        source: { ...text, maxLength: 512 },
        type: { const: type },
        subject: { type: 'string', maxLength: 512 },
        time: { type: 'string', format: 'date-time' },
        correlationid: { type: 'string', pattern: '^[\\w.:-]{1,128}$' },
        traceparent: { type: 'string' },
        data,
      },
    },
  },
];
