import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileSchema } from '@countersign/tools';
import { classificationOf, openWorld, type Ticket } from './conversation.js';

const root = join(import.meta.dirname, '..', '..', '..');
const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

interface Sample {
  readonly file: string;
  readonly approver: { do: string; reason?: string; comment?: string } | null;
  readonly expect: {
    intake: string;
    outcome?: string;
    passes?: string;
    change?: Record<string, unknown>;
  };
}
const { tickets: samples } = json('examples/tickets/index.json') as { tickets: Sample[] };
const eventOf = ({ file }: Sample) =>
  json(`examples/tickets/${file}`) as Record<string, string> & { data: Ticket };
const accepted = samples.filter((sample) => sample.expect.intake === 'accepted');

let world: ReturnType<typeof openWorld>;
beforeAll(() => {
  world = openWorld();
});
afterAll(() => world.close());

describe('the sample tickets', () => {
  it('are all in the index, each with an id of its own', () => {
    const files = readdirSync(join(root, 'examples/tickets')).filter((name) =>
      name.endsWith('.json'),
    );
    expect([...samples.map(({ file }) => file), 'index.json'].sort()).toEqual(files.sort());
    expect(new Set(samples.map((sample) => eventOf(sample).id)).size).toBe(samples.length);
  });

  it('fit the schema, but for the one that is malformed', () => {
    const fits = compileSchema(json('config/schemas/support-ticket.json') as object);
    for (const sample of samples) {
      expect([sample.file, fits(eventOf(sample).data)]).toEqual([
        sample.file,
        sample.expect.intake === 'accepted',
      ]);
      expect(eventOf(sample)).toMatchObject({
        specversion: '1.0',
        source: 'https://demo.example/tickets',
        type: 'support.ticket.created.v1',
      });
    }
  });

  it.each(accepted.map((sample) => [sample.file, sample] as const))(
    '%s goes as the index says',
    async (_, sample) => {
      const ticket = eventOf(sample).data;
      const { change, outcome, passes } = sample.expect;
      if (sample.approver === null) {
        expect(classificationOf(ticket).category).toBe('spam');
        return;
      }
      const first = await world.draft(ticket);
      expect(first.name).toBe(passes === 'abstained' ? 'abstain' : first.name);
      if (outcome !== 'closed') return;
      const { do: decision, reason = '', comment = '' } = sample.approver;
      const feedback = { kind: 'changes-requested', reason, comment };
      const final =
        decision === 'request-changes' ? await world.draft(ticket, { feedback }) : first;
      expect(await world.execute(final, sample.file)).toMatchObject({ status: 201 });
      const [entry] = (await world.ledger()).slice(-1);
      const body = JSON.parse(entry!.body!) as { change?: Record<string, any>; sku?: string };
      const { city, ...rest } = change!;
      const done = body.change ?? { kind: 'replacement', sku: body.sku };
      expect(done).toMatchObject(rest);
      if (city !== undefined) expect(done.address).toMatchObject({ city });
    },
  );

  it('leave no other effect in the ledger', async () => {
    const effects = (await world.ledger()).filter((entry) => entry.outcome === 'effect');
    expect(effects).toHaveLength(samples.filter(({ expect: { change } }) => change).length);
  });
});
