import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allTopics, rightsFor, services, streams, topics } from '@countersign/contracts';
import { startRunningProduct, type RunningProduct } from '../journeys/running-product.js';
import { everythingOf } from './everything-kept.js';

let at: RunningProduct;
beforeAll(async () => {
  at = await startRunningProduct();
});
afterAll(() => at.stop());

describe('B1 what a service may not touch', () => {
  const rights = rightsFor(['shop', 'demo']);
  const everyTopic = allTopics(['shop', 'demo']);
  const everyStream = [...new Set(services.flatMap((one) => rights[one].append))];
  const event = {
    id: randomUUID(),
    type: 'Forged',
    data: {},
    metadata: {},
  };

  it.each(services)('%s cannot publish on a topic of another', async (service) => {
    const { bus } = at.product.worlds.of(service);
    const forbidden = everyTopic.filter((topic) => !rights[service].publish.includes(topic));
    expect(forbidden.length).toBeGreaterThan(5);
    for (const topic of forbidden) {
      const record = { topic, key: randomUUID(), value: '{}', headers: {} };
      await expect(bus.publish([record])).rejects.toThrow('may not publish');
    }
    for (const topic of forbidden.filter((one) => !rights[service].consume.includes(one))) {
      const consuming = { group: service, topics: [topic], deliver: async () => undefined };
      await expect(bus.consume(consuming)).rejects.toThrow('may not consume');
    }
  });

  it.each(services)(
    '%s may ask for replays of what it takes, there and nowhere else',
    async (service) => {
      const { bus } = at.product.worlds.of(service);
      const record = { key: randomUUID(), value: '{}' };
      const request = { ...record, headers: { replay_fence: randomUUID() } };
      for (const topic of rights[service].replay) {
        await expect(bus.publish([{ ...record, topic, headers: {} }])).rejects.toThrow('may not');
        await expect(bus.publish([{ ...request, topic }])).resolves.toBeUndefined();
      }
      const { publish, replay } = rights[service];
      const others = everyTopic.filter((topic) => ![...publish, ...replay].includes(topic));
      expect(others).toEqual(expect.arrayContaining(['intake.shop.v1', 'intake.demo.v1']));
      for (const topic of others) {
        await expect(bus.publish([{ ...request, topic }])).rejects.toThrow('may not publish');
      }
    },
  );

  it.each(services)('%s takes what upstream publishes only if it is intake', async (service) => {
    const { bus } = at.product.worlds.of(service);
    const consume = async (topic: string) =>
      (
        await bus.consume({ group: 'test', topics: [topic], deliver: async () => undefined })
      ).close();
    const taking = consume('intake.demo.v1');
    if (service === 'intake') await taking;
    else await expect(taking).rejects.toThrow('may not consume');
    await expect(consume('intake.unheard-of.v1')).rejects.toThrow('may not consume');
  });

  it.each(services)('%s cannot append to a stream of another', async (service) => {
    const { store } = at.product.worlds.of(service);
    const forbidden = everyStream.filter((prefix) => !rights[service].append.includes(prefix));
    expect(forbidden.length).toBeGreaterThan(10);
    for (const prefix of forbidden) {
      const stream = `${prefix}${randomUUID()}`;
      await expect(store.append(stream, 'no-stream', [event])).rejects.toThrow('may not append');
      await expect(store.limitStream(stream, 1)).rejects.toThrow('may not limit');
    }
    for (const prefix of forbidden.filter((one) => !rights[service].read.includes(one))) {
      await expect(store.read(`${prefix}${randomUUID()}`)).rejects.toThrow('may not read');
    }
  });

  it('I17 the agent least of all: no order to execute, no approval, no case', async () => {
    const { bus, store } = at.product.worlds.of('agent');
    const record = { topic: topics.commands('executor'), key: 'x', value: '{}', headers: {} };
    await expect(bus.publish([record])).rejects.toThrow('may not publish executor.commands.v1');
    for (const stream of [streams.approval('x'), streams.case('x'), streams.execution('x')]) {
      await expect(store.append(stream, 'no-stream', [event])).rejects.toThrow('agent may not');
    }
    const { events } = await everythingOf(at.product.worlds);
    expect(events.filter(({ type }) => type === 'Forged')).toEqual([]);
  });
});
