import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { embeddedStore, eventStoreWriter, type EventStore } from '@countersign/event-store';
import { openFile, type GroupCommitFile } from '@countersign/group-commit';
import { followCatalogue, type Catalogue } from '../src/adapters/catalogue.js';
import { eventType, keepWorkflow, ticket, ticketSchema } from './an-intake.js';

let folder: string;
let file: GroupCommitFile;
let store: EventStore;
let catalogue: Catalogue | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  const path = join(folder, 'store.sqlite');
  file = openFile({ path, modules: [eventStoreWriter], synchronous: 'OFF' });
  store = embeddedStore(file);
});
afterEach(async () => {
  await catalogue?.close();
  catalogue = undefined;
  await store.close();
  await file.close();
  rmSync(folder, { recursive: true, force: true });
});

const follow = async (): Promise<Catalogue> => {
  catalogue = followCatalogue(store);
  await catalogue.caughtUp;
  return catalogue;
};
const keep = (version: number, accepts: string[], schema = ticketSchema, name = 'support') =>
  keepWorkflow(store, { name, version, accepts, schema });
const strict = (maxLength: number) => ({
  type: 'object',
  properties: { subject: { type: 'string', maxLength } },
});

describe('the catalogue of what upstream may send', () => {
  it('knows the types of the workflows that are kept, and no others', async () => {
    await keep(1, [eventType, 'support.ticket.reopened.v1']);
    const { typeOf, types, live } = await follow();
    expect(types()).toEqual([eventType, 'support.ticket.reopened.v1']);
    expect(typeOf(eventType)).toMatchObject({ workflow: 'support' });
    expect(typeOf('unheard.of.v1')).toBeUndefined();
    expect(live).toBeDefined();
  });

  it('lets the newest version take new events, in whatever order they were kept', async () => {
    await keep(3, [eventType], strict(30));
    await keep(2, [eventType], strict(20));
    const { typeOf } = await follow();
    const fits = (length: number) =>
      typeOf(eventType)!.problems({ subject: 'x'.repeat(length) }).length === 0;
    expect([fits(20), fits(30), fits(31)]).toEqual([true, true, false]);
  });

  it('lets go of a type that the newest version no longer accepts', async () => {
    await keep(1, [eventType, 'old.v1']);
    await keep(2, [eventType]);
    expect((await follow()).types()).toEqual([eventType]);
  });

  it('hears of a workflow that comes later', async () => {
    const { typeOf } = await follow();
    expect(typeOf(eventType)).toBeUndefined();
    await keep(1, [eventType]);
    // Until the test's own patience ends.
    while (!typeOf(eventType)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(typeOf(eventType)).toBeDefined();
  });

  it('names each field that does not fit, by its pointer, and never its value', async () => {
    await keep(1, [eventType]);
    const { problems } = (await follow()).typeOf(eventType)!;
    expect(problems(ticket())).toEqual([]);
    const wrong = ticket({ body: 7, channel: 's3cret', extra: 's3cret', order: 's3cret' });
    delete wrong['subject'];
    const found = problems(wrong);
    expect(found.map(({ pointer }) => pointer).sort()).toEqual([
      '/data/body',
      '/data/channel',
      '/data/extra',
      '/data/order',
      '/data/subject',
    ]);
    expect(found).toContainEqual({
      pointer: '/data/channel',
      message: 'must be one of email, web, chat, phone, letter',
    });
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  it('tells upstream no name that its schema does not know, be it a number (I23)', async () => {
    const schema = {
      type: 'object',
      properties: {
        items: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' } } },
        },
        phones: { type: 'object', additionalProperties: { type: 'string' } },
        subject: {},
      },
      additionalProperties: false,
    };
    await keep(1, [eventType], schema);
    const { problems, told } = (await follow()).typeOf(eventType)!;
    const data = {
      items: [{ name: 'a' }, { name: 7 }],
      phones: { '00351912345678': 7 },
      '28061974': 'x',
      'subject/28061974': 'x',
    };
    expect(told(problems(data), data).map(({ pointer }) => pointer)).toEqual([
      '/data',
      '/data/subject',
      '/data/items/1/name',
      '/data/phones',
    ]);
  });

  it('says whom the data is about, by the pseudonym that the schema names', async () => {
    await keep(1, [eventType]);
    await keep(1, ['other.v1'], strict(9), 'other');
    const { typeOf } = await follow();
    expect(typeOf(eventType)!.subjects(ticket())).toEqual(['customer:8812']);
    expect(typeOf('other.v1')!.subjects(ticket())).toEqual([]);
  });

  it.each([['8812,9913'], ['Mara Lind'], [''], [{ deep: 1 }], [undefined]])(
    'refuses %j as the name of a person: keys and messages could not carry it',
    async (id) => {
      const loose = { type: 'object', 'x-subject': 'customer:{customer.id}' };
      await keep(1, [eventType], loose);
      const { problems } = (await follow()).typeOf(eventType)!;
      expect(problems({ customer: { id: '8812' } })).toEqual([]);
      const pointers = problems({ customer: { id } }).map(({ pointer }) => pointer);
      expect(pointers).toEqual(['/data/customer/id']);
    },
  );
});
