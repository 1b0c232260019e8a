import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { streams } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import { StoreUnavailable, type EventStore } from '@countersign/event-store';
import { caseProcesses } from '../../src/adapters/case-processes.js';
import { keepDefinitions } from '../../src/definitions/keep-definitions.js';
import { readDefinitions } from '../../src/definitions/read-definitions.js';
import type { CaseFact } from '../../src/domain/facts.js';
import { aCase, awaitingApproval } from '../domain/a-case.js';
import { received } from '../domain/told.js';
import { inFolderWith, shipped } from '../definitions/folders.js';
import { openWorld, type OpenWorld } from './running-orchestrator.js';

let at: OpenWorld;
beforeEach(async () => {
  at = await openWorld();
});
afterEach(() => at.close());

const set = readDefinitions(shipped);
const definition = set.definitions[0]!;
const fileOf = (path: string) => readFileSync(join(shipped, path), 'utf8');
const changed = (path: string, from: string, to: string) =>
  inFolderWith({ [path]: fileOf(path).replace(from, to) }, readDefinitions);

const everyEvent = async (): Promise<string[]> => {
  const names = [
    ...set.documents.map(({ digest }) => streams.definition(digest)),
    ...set.names.map(({ kind, name, version }) => streams.definitionName(kind, name, version)),
  ];
  const found = await Promise.all(names.map((name) => at.store.read(name)));
  return found.flat().map(({ stream, type }) => `${stream} ${type}`);
};

describe('definitions that are kept', () => {
  it('stand once in the store, under their digest and under their name', async () => {
    await keepDefinitions(at.journal(), set);
    const kept = await everyEvent();
    expect(kept).toHaveLength(set.documents.length + set.names.length);
    // Two replicas that start together, and one that starts again, keep nothing more.
    await Promise.all([keepDefinitions(at.journal(), set), keepDefinitions(at.journal(), set)]);
    expect(await everyEvent()).toEqual(kept);
  });

  it('are kept once when two replicas start on an empty store at the same time', async () => {
    await Promise.all([keepDefinitions(at.journal(), set), keepDefinitions(at.journal(), set)]);
    expect(await everyEvent()).toHaveLength(set.documents.length + set.names.length);
  });

  it('refuse another document under a name and version, with both digests and the way out', async () => {
    await keepDefinitions(at.journal(), set);
    const edited = changed(
      'queues/support-supervisors@1.yaml',
      'owner: head-of-support',
      'owner: support-ops',
    );
    const keeping = keepDefinitions(at.journal(), edited);
    await expect(keeping).rejects.toMatchObject({ name: 'ConfigurationError' });
    const error = (await keeping.catch((thrown: unknown) => thrown)) as Error;
    // The workflow names the queue by digest, so that it is another one as well.
    expect(error.message).toMatch(/queue support-supervisors@1: the store knows this version/);
    expect(error.message).toMatch(/workflow support-ticket@1: the store knows this version/);
    expect(error.message).toContain('give the change a new version');
    for (const { digest } of [definition.reference, edited.definitions[0]!.reference]) {
      expect(error.message).toContain(digest);
    }
  });

  it('take a change of words in a comment for what it is: nothing', async () => {
    await keepDefinitions(at.journal(), set);
    const before = await everyEvent();
    const commented = changed('workflows/support-ticket.yaml', 'title:', '# no change\ntitle:');
    await keepDefinitions(at.journal(), commented);
    expect(await everyEvent()).toEqual(before);
  });
});

describe('the process that a case runs by', () => {
  it('comes from the store alone, by the digest in its first event', async () => {
    await keepDefinitions(at.journal(), set);
    const known = caseProcesses(at.store, []);
    const history = awaitingApproval(definition).events;
    const process = await known.of(history);
    const state = history.reduce(process.evolve, process.initial);
    expect(state).toMatchObject({ phase: 'awaiting-approval' });
    expect((await known.definition(definition.reference.digest)).title).toBe(definition.title);
    expect(known.forEventType(definition.accepts[0]!)).toBeUndefined();
  });

  it('is an error when its definition was never kept', async () => {
    const known = caseProcesses(at.store, []);
    const { events } = awaitingApproval(definition);
    await expect(known.of(events)).rejects.toThrow('is not kept');
  });

  it('is asked for again after the store was away', async () => {
    await keepDefinitions(at.journal(), set);
    let reads = 0;
    const store: EventStore = {
      ...at.store,
      read: (...args) => {
        reads += 1;
        return reads === 1 ? Promise.reject(new StoreUnavailable('away')) : at.store.read(...args);
      },
    };
    const known = caseProcesses(store, []);
    const { events } = awaitingApproval(definition);
    await expect(known.of(events)).rejects.toThrow('away');
    await known.of(events);
    const before = reads;
    await Promise.all([known.of(events), known.of(events)]);
    expect(reads).toBe(before);
  });

  it('for a new case is the active definition of its type; without any there is none', async () => {
    const known = caseProcesses(at.store, set.definitions);
    const process = known.forEventType(definition.accepts[0]!)!;
    const opened = aCase(definition);
    opened.hear(received());
    expect(opened.events.reduce(process.evolve, process.initial)).toEqual(opened.state);
    const none: readonly Recorded<CaseFact>[] = [];
    expect((await known.of(none)).initial).toEqual({ phase: 'unopened' });
    await expect(caseProcesses(at.store, []).of(none)).rejects.toThrow('no definition takes');
  });
});
