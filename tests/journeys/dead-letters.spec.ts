import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caseIdOf, topics } from '@countersign/contracts';
import { countersign } from '../../apps/countersign/test/command-line.js';
import {
  listDeadLetters,
  replayDeadLetters,
  showDeadLetters,
} from '../../apps/countersign/src/commands/dead-letters.js';
import { refund } from './over-http.js';
import { startInWorld, type ProductInAnyWorld } from './world.js';

let at: ProductInAnyWorld;
beforeAll(async () => {
  at = await startInWorld();
});
afterAll(() => at.stop());

const source = 'https://demo.example/tickets';
const { upstream } = topics;
const publish = (topic: string, key: string, value: string, headers = {}) =>
  at.backbone.bus.publish([{ topic, key, value, headers }]);

type Run = (asking: Parameters<typeof listDeadLetters>[0]) => Promise<void>;
/** What a command of the command line writes. */
const written = async (run: Run, { json = false, as = 'sam' } = {}): Promise<string> => {
  const lines: string[] = [];
  const { approvals: frontDoor, issuer } = at.addresses;
  const addresses = { frontDoor, issuer };
  const write = (line: string) => void lines.push(line);
  await run({ addresses, as, json, write, now: at.now });
  return lines.join('\n');
};
const listed = async (narrowing = {}): Promise<any> =>
  JSON.parse(await written((asking) => listDeadLetters(asking, narrowing), { json: true }));
const until = (what: string, isSo: (list: any) => boolean, narrowing = {}): Promise<any> =>
  at.eventually(what, async () => {
    const list = await listed(narrowing);
    return isSo(list) ? list : undefined;
  });

describe('a poison message, end to end (A4, I18)', () => {
  const caseId = caseIdOf(source, 'poisoned-1');
  const orchestrator = { service: 'orchestrator' };
  const poison = 'no message at all \u001b[31m\u202e';

  it('holds up its own case and no other, and stands in the list with its cause', async () => {
    await publish(topics.answers('agent'), caseId, poison, { ce_id: 'poison-1' });
    await until('fenced', ({ total }) => total === 1, orchestrator);
    await at.open('poisoned-1', refund('A-7001'));
    const other = await at.open('healthy-1', refund('A-7002'));
    await at.pending(other);
    const { items } = await until('behind', ({ items: [item] }) => item?.letters === 2);
    expect(items).toMatchObject([
      {
        service: 'orchestrator',
        kind: 'fenced',
        topic: 'agent.answers.v1',
        key: caseId,
        messageId: 'poison-1',
        cause: { code: 'unparsable' },
      },
    ]);
    expect((await at.case(caseId)).state).toBe('received');
    const text = await written((asking) => listDeadLetters(asking, { cause: 'unparsable' }));
    expect(text).toMatch(/^service +id +what +key +since +cause\n/);
    expect(text).toMatch(/orchestrator .*fenced, 2 waiting .*unparsable: /);
    expect(text).toMatch(/\n1 of 1: 1 unparsable$/);
    expect(await listed({ cause: 'schema' })).toMatchObject({ items: [], total: 0 });
    expect(await listed({ cause: 'not JSON in UTF-8' })).toMatchObject({ total: 1 });
  });

  it('is shown with what came behind it, and nothing in it is obeyed or opened', async () => {
    const text = await written((asking) => showDeadLetters(asking, caseId, {}));
    expect(text).toContain('no message at all ⟦U+001B⟧[31m⟦U+202E⟧');
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text).toMatch(/cause +behind: its key is fenced/);
    expect(text).toContain('countersign.AgentStepDone.v1');
    expect(text).toContain('"sealed"');
    const json = await written((asking) => showDeadLetters(asking, 'poison-1', {}), { json: true });
    expect(JSON.parse(json).items[0].letters).toHaveLength(2);
    const denied = written((asking) => showDeadLetters(asking, caseId, {}), { as: 'ana' });
    await expect(denied).rejects.toMatchObject({ exitCode: 5 });
    const unknown = written((asking) => showDeadLetters(asking, 'nobody', {}));
    await expect(unknown).rejects.toMatchObject({ exitCode: 3 });
  });

  it('a dry run says what would be taken and changes nothing', async () => {
    const options = { dryRun: true, skip: ['poison-1'] };
    const text = await written((asking) => replayDeadLetters(asking, caseId, options));
    expect(text).toMatch(/would take 1 record, 1 given up\n {2}agent\.answers\.v1@\d-\d+$/);
    expect(await listed()).toMatchObject({ total: 1 });
    const wrong = { skip: ['poison-9'] };
    const refused = written((asking) => replayDeadLetters(asking, caseId, wrong));
    await expect(refused).rejects.toThrow('poison-9 is not among these dead letters');
    const neither = written((asking) => replayDeadLetters(asking, undefined, {}));
    await expect(neither).rejects.toMatchObject({ exitCode: 2 });
  });

  it('a replay that meets it again leaves all as it was; one that gives it up moves the case on', async () => {
    const { id } = (await listed()).items[0];
    const path = `/v1/dead-letters/orchestrator/${id}/replay`;
    expect((await at.ask('sam', 'POST', path, {})).status).toBe(202);
    expect((await at.ask('ana', 'POST', path, {})).status).toBe(403);
    expect((await at.ask('adam', 'POST', path, {})).status).toBe(403);
    // What comes after the request is buried after it was met.
    await publish(topics.answers('agent'), caseId, poison, { ce_id: 'poison-2' });
    const { items } = await until('one more behind', ({ items: [item] }) => item?.letters === 3);
    expect(items).toMatchObject([{ id, messageId: 'poison-1', cause: { code: 'unparsable' } }]);
    const give = { skip: ['poison-1', 'poison-2'] };
    const text = await written((asking) => replayDeadLetters(asking, caseId, give));
    expect(text).toMatch(/asked to take 1 record, 2 given up, in order\n {2}done, the key moves/);
    await at.pending(caseId);
    expect(await listed()).toMatchObject({ total: 0 });
    const fences = await at.backbone.store.read('fence-orchestrator');
    expect(fences.at(-1)).toMatchObject({
      type: 'KeyUnfenced',
      data: { key: caseId, replayed: 1, by: 'sam' },
    });
  });
});

describe('what upstream sent and intake refused', () => {
  const event = (id: string, changed: object = {}) => ({
    specversion: '1.0',
    id,
    source,
    type: 'support.ticket.created.v1',
    data: { customer: { id: '7003', name: 'Mara Lind' }, ...refund('A-7003') },
    ...changed,
  });

  it('stands in the list by its place, holding nobody up, and is shown without its content', async () => {
    await publish(upstream('demo'), 'k', 'My name is Mara Lind', { 'content-type': 'text/plain' });
    const wrong = event('refused-1', { type: 'support.ticket.renamed.v1' });
    await publish(upstream('demo'), 'k', JSON.stringify(wrong), { ce_subject: 'Mara Lind' });
    await publish(upstream('demo'), 'k', JSON.stringify(event('taken-1')));
    const { items } = await until('two refused', ({ total }) => total === 2, { service: 'intake' });
    const [garbageId, ...others] = ['unsupported-media-type', 'unknown-type'].map(
      (code) => items.find(({ cause }: { cause: { code: string } }) => cause.code === code)?.id,
    );
    expect(others).toEqual([expect.any(String)]);
    await at.pending(caseIdOf(source, 'taken-1'));
    const garbage = await written((asking) => showDeadLetters(asking, garbageId, {}));
    expect(garbage).toContain('| xx xxxx xx xxxx xxxx');
    const shown = await written((asking) => showDeadLetters(asking, 'refused-1', {}));
    expect(shown).toContain('"type":"support.ticket.renamed.v1"');
    expect(`${garbage}${shown}`).not.toMatch(/Mara|7003/);
  });

  it('can be taken again by its cause, is refused again while nothing has changed, or given up', async () => {
    const again = { cause: 'unknown-type', service: 'intake' };
    const dry = await written((asking) =>
      replayDeadLetters(asking, undefined, { ...again, dryRun: true }),
    );
    expect(dry).toMatch(/^intake intake\.demo\.v1@\d-\d+: would take 1 record/);
    const text = await written((asking) => replayDeadLetters(asking, undefined, again));
    expect(text).toMatch(/refused once more: unknown-type/);
    expect(await listed({ service: 'intake' })).toMatchObject({ total: 2 });
    for (const { id } of (await listed({ service: 'intake' })).items) {
      const gone = await written((asking) => replayDeadLetters(asking, id, { skip: [id] }));
      expect(gone).toContain('given up');
    }
    expect(await listed({ service: 'intake' })).toMatchObject({ total: 0 });
    const [settled] = await at.backbone.store.read('fence-intake');
    expect(settled).toMatchObject({ type: 'LetterSettled', data: { how: 'given-up', by: 'sam' } });
  });
});

describe('./countersign dead-letters', () => {
  it('is wired to its options, and ends as the pages say', async () => {
    const { approvals, issuer } = at.addresses;
    const run = (...args: string[]) =>
      countersign(['dead-letters', ...args, '--url', approvals, '--issuer', issuer]);
    await publish(topics.commands('executor'), 'some key', 'poison');
    const { items } = await until('fenced', ({ total }) => total === 1, { service: 'executor' });
    const [{ topic, partition, offset }] = items;
    const [list, byCause, usage] = await Promise.all([
      run('list', '--service', 'executor', '--cause', 'unparsable'),
      run('replay', '--cause', 'unparsable', '--dry-run', '--json'),
      run('replay', '--as', 'ben'),
    ]);
    expect(list).toMatchObject({ code: 0, out: expect.stringContaining('1 of 1: 1 unparsable') });
    expect(JSON.parse(byCause.out)).toMatchObject({
      dryRun: true,
      replayed: [{ service: 'executor', became: 'would-be-taken' }],
      left: 0,
    });
    expect(usage.code).toBe(2);
    const lifted = await run('replay', 'some key', '--skip', `${topic}@${partition}-${offset}`);
    expect(lifted.out).toContain('done, the key moves again');
  });
});
