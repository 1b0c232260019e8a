import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { rights, services, type Service } from '@countersign/contracts';
import { openFile } from '@countersign/group-commit';
import { bindStore } from '../src/bound-store.js';
import { numbered, numbersOf } from '../src/conformance/harness.js';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import { NotPermitted } from '../src/port.js';
import { scratchFolder } from './scratch-folder.js';

const file = openFile({
  path: join(scratchFolder(), 'events.db'),
  modules: [eventStoreWriter],
  synchronous: 'FULL',
});
const store = embeddedStore(file);
afterAll(async () => {
  await store.close();
  await file.close();
});

const deliver = () => undefined;
const handleOf = (service: Service) => bindStore(store, service, rights[service]);

/** Every prefix that any service has a right on, and some that nobody has. */
const prefixes = [
  ...new Set([
    ...services.flatMap((service) => [...rights[service].append, ...rights[service].read]),
    ...['$settings', '$', '', 'x', 'cas', 'Case-', ' case-', 'lease-intake'],
  ]),
];
const allowed = (list: readonly string[], name: string) => list.some((p) => name.startsWith(p));
const cases = (kind: 'append' | 'read', wanted: boolean) =>
  services.flatMap((service) =>
    prefixes
      .filter((prefix) => allowed(rights[service][kind], prefix) === wanted)
      .map((prefix) => ({ service, prefix })),
  );

describe('the handle of a service', () => {
  it.each(cases('append', false))('$service may not append to $prefix', async (of) => {
    const handle = handleOf(of.service);
    for (const stream of [of.prefix, `${of.prefix}1`]) {
      if (allowed(rights[of.service].append, stream)) continue;
      await expect(handle.append(stream, 'no-stream', [numbered(0)])).rejects.toThrow(NotPermitted);
      await expect(handle.limitStream(stream, 1)).rejects.toThrow(NotPermitted);
      expect(await store.read(stream)).toEqual(stream.startsWith('$') ? expect.anything() : []);
    }
  });

  it.each(cases('read', false))('$service may not read or follow $prefix', async (of) => {
    const handle = handleOf(of.service);
    await expect(handle.read(of.prefix)).rejects.toThrow(NotPermitted);
    const [own] = rights[of.service].read;
    for (const asked of [[of.prefix], [own!, of.prefix]]) {
      expect(() => handle.subscribe({ prefixes: asked, deliver })).toThrow(NotPermitted);
    }
  });

  it.each(services.map((service) => ({ service })))('$service may use its own', async (of) => {
    const handle = handleOf(of.service);
    for (const prefix of rights[of.service].append) {
      const stream = `${prefix}own`;
      await handle.append(stream, 'no-stream', [numbered(7)]);
      await handle.limitStream(stream, 5);
      expect(numbersOf(await handle.read(stream))).toEqual([7]);
    }
    const seen: string[] = [];
    const subscription = handle.subscribe({
      prefixes: rights[of.service].read,
      deliver: ({ events }) => void seen.push(...events.map(({ stream }) => stream)),
    });
    await subscription.caughtUp;
    for (const prefix of rights[of.service].append) expect(seen).toContain(`${prefix}own`);
    expect(seen.filter((stream) => !allowed(rights[of.service].read, stream))).toEqual([]);
    await handle.close();
  });

  it('names who may not do what', async () => {
    const agent = handleOf('agent');
    await expect(agent.append('approval-1', 'no-stream', [numbered(0)])).rejects.toThrow(
      'agent may not append to approval-1',
    );
    expect(() => agent.subscribe({ prefixes: [''], deliver })).toThrow(
      'agent may not follow everything',
    );
  });

  it('closes its own subscriptions and leaves the store open to others', async () => {
    const [intake, agent] = [handleOf('intake'), handleOf('agent')];
    const seen: number[] = [];
    intake.subscribe({
      prefixes: ['intake-'],
      deliver: ({ events }) => void seen.push(...numbersOf(events)),
    });
    await intake.close();
    await intake.append('intake-after', 'no-stream', [numbered(3)]);
    await agent.append('agent-run-after', 'no-stream', [numbered(4)]);
    expect(seen).toEqual([]);
    expect(numbersOf(await agent.read('agent-run-after'))).toEqual([4]);
  });
});
