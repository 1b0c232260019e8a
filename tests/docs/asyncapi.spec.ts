import { globSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from '@jest/globals';
import { rights, services, topics } from '@countersign/contracts';

const read = (path: string): any => JSON.parse(readFileSync(path, 'utf8'));
const documents = {
  upstream: read('docs/asyncapi/upstream.json'),
  services: read('docs/asyncapi/services.json'),
};
const options = { strict: false, logger: false } as const;
const fitsAsyncApi = new Ajv(options).compile(
  read('node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json'),
);

describe('the contract for publishers and between services, as AsyncAPI (U1)', () => {
  it.each(Object.keys(documents))('is an AsyncAPI 3.0 document: %s', (name) => {
    fitsAsyncApi(documents[name as keyof typeof documents]);
    expect(fitsAsyncApi.errors ?? []).toEqual([]);
  });

  it('would be refused with an operation that does neither send nor receive', () => {
    const broken = structuredClone(documents.upstream);
    Object.values<any>(broken.operations)[0].action = 'shout';
    expect(fitsAsyncApi(broken)).toBe(false);
  });

  it('names every topic that carries messages', () => {
    const carrying = services
      .flatMap((service) => rights[service].publish)
      .filter((topic) => !services.some((service) => topics.deadLetters(service) === topic));
    const named = Object.values(documents).flatMap(({ channels }) =>
      Object.values<any>(channels).map(({ address }) => address as string),
    );
    expect(named.sort()).toEqual([...new Set(carrying), 'intake.{source}.v1'].sort());
  });

  it('fits every sample ticket that intake accepts, and not the malformed one', () => {
    const { payload } = documents.upstream.channels.intake.messages['support.ticket.created.v1'];
    const fits = new Ajv2020(options).compile(payload);
    const tickets = globSync('examples/tickets/*.json').filter(
      (path) => !path.endsWith('/index.json'),
    );
    expect(tickets.length).toBeGreaterThan(10);
    const misfits = tickets.filter((path) => !fits(read(path)));
    expect(misfits).toEqual(tickets.filter((path) => path.includes('malformed')));
  });

  it('fits the published example of every message between services', () => {
    for (const channel of Object.values<any>(documents.services.channels)) {
      for (const [type, { payload }] of Object.entries<any>(channel.messages)) {
        const fits = new Ajv(options).compile(payload.properties.data);
        fits(read(`libs/contracts/examples/${type}.v1.json`));
        expect({ type, errors: fits.errors ?? [] }).toEqual({ type, errors: [] });
      }
    }
  });
});
