import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseIdOf, streams, type DefinitionStream } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import type { EventStore } from '@countersign/event-store';
import { digestOf } from '@countersign/trust';
import { CloudEvent } from '../src/adapters/cloud-event.js';

export const source = 'https://demo.example/tickets';
export const eventType = 'support.ticket.created.v1';
export const caseOf = (id: string): string => caseIdOf(source, id);

export const ticket = (changed: Record<string, unknown> = {}): Record<string, unknown> => ({
  customer: { id: '8812', name: 'Mara Lind' },
  subject: 'Broken mug',
  body: 'The mug arrived broken.',
  ...changed,
});

/** A CloudEvent as the door hands it on. */
export const anEvent = (id: string, changed: Partial<CloudEvent> = {}): CloudEvent =>
  Object.assign(new CloudEvent(), {
    specversion: '1.0',
    id,
    source,
    type: eventType,
    data: ticket(),
    ...changed,
  });

const schemas = join(import.meta.dirname, '../../../config/schemas');
export const ticketSchema = JSON.parse(
  readFileSync(join(schemas, 'support-ticket.json'), 'utf8'),
) as Record<string, unknown>;

interface Workflow {
  readonly name: string;
  readonly version: number;
  readonly accepts: readonly string[];
  readonly schema: Record<string, unknown>;
}

/** Keeps a workflow and the schema of its input, as the orchestrator would. */
export const keepWorkflow = async (store: EventStore, workflow: Workflow): Promise<void> => {
  const { name, version, accepts, schema } = workflow;
  const digest = digestOf(schema);
  const input = { name, version, digest };
  const stored = { kind: 'schema', ...input, document: schema } as const;
  const named = { kind: 'workflow', name, version, digest: digestOf(workflow), accepts, input };
  await append(store, streams.definition(digest), 'DefinitionStored', stored);
  const stream = streams.definitionName('workflow', name, version);
  await append(store, stream, 'DefinitionNamed', named);
};

const append = async <Type extends keyof DefinitionStream>(
  store: EventStore,
  stream: string,
  type: Type,
  data: unknown,
) => {
  if ((await store.read(stream)).length > 0) return;
  const id = effectIdOf('00000000-0000-4000-8000-000000000000', stream);
  await store.append(stream, 'no-stream', [{ id, type, data, metadata: {} }]);
};
