import { describe, expect, it } from '@jest/globals';
import { rights, services, topics } from '@countersign/contracts';
import { boundBus } from '../src/bound-bus.js';
import { numbered } from '../src/conformance/harness.js';
import { scratchFolder } from './scratch-folder.js';
import { scratchWorld } from './scratch-world.js';

const folder = scratchFolder();
const everyTopic = [
  ...services.flatMap((service) => [
    topics.commands(service),
    topics.answers(service),
    topics.deadLetters(service),
  ]),
  topics.outcomes,
  'intake.crm.v1',
  'unheard-of.v1',
];

describe.each(services)('the bus of %s', (service) => {
  it.each(everyTopic)('touches %s only as its rights say (A1)', async (topic) => {
    const world = scratchWorld(folder);
    const bus = boundBus(world.bus, rights[service]);
    const refused = (action: string) => ({ name: 'TopicNotPermitted', action, topic });

    const publishing = bus.publish(numbered(topic, 0, 1));
    if (rights[service].publish.includes(topic)) await publishing;
    else await expect(publishing).rejects.toMatchObject(refused('publish'));

    const enclosing = () => bus.enclose!(numbered(topic, 0, 1), () => undefined);
    if (rights[service].publish.includes(topic)) enclosing();
    else expect(enclosing).toThrow(expect.objectContaining(refused('publish')));

    const consuming = bus.consume({ group: 'g', topics: [topic], deliver: async () => undefined });
    if (rights[service].consume.includes(topic)) await (await consuming).close();
    else await expect(consuming).rejects.toMatchObject(refused('consume'));

    const browses = [...rights[service].consume, topics.deadLetters(service)].includes(topic);
    if (browses) bus.browse(topic);
    else expect(() => bus.browse(topic)).toThrow(expect.objectContaining(refused('browse')));
    await world.close();
  });

  it('publishes nothing of a call in which one topic is forbidden', async () => {
    const world = scratchWorld(folder);
    const bus = boundBus(world.bus, rights[service]);
    const [allowed] = rights[service].publish;
    const mixed = [...numbered(allowed!, 0, 1), ...numbered('unheard-of.v1', 1, 1)];
    await expect(bus.publish(mixed)).rejects.toMatchObject({ name: 'TopicNotPermitted' });
    for await (const record of world.bus.browse(allowed!)) expect(record).toBeUndefined();
    await world.close();
  });

  it('asks for replays where it consumes, and publishes nothing else there', async () => {
    const world = scratchWorld(folder);
    const bus = boundBus(world.bus, rights[service]);
    for (const topic of rights[service].replay) {
      const record = { topic, key: 'k', value: '{}' };
      await bus.publish([{ ...record, headers: { replay_fence: 'f' } }]);
      const other = bus.publish([{ ...record, headers: { ce_type: 'x' } }]);
      await expect(other).rejects.toMatchObject({ name: 'TopicNotPermitted', topic });
    }
    await world.close();
  });

  it('does not close the bus that it is bound to', async () => {
    const world = scratchWorld(folder);
    await boundBus(world.bus, rights[service]).close();
    await world.bus.publish(numbered('any.v1', 0, 1));
    await world.close();
  });
});
