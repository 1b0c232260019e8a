import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** What the spine of the product was to bring, by the ids of the capabilities. */
const cited: Readonly<Record<string, string>> = {
  A1: 'a case is a stream: killed anywhere, it comes to the same',
  A2: 'what is still true after a restart in the middle of a case',
  A3: 'the states of the guide by their names, in table, diagram and list',
  A4: 'one case for each event of upstream, whatever is sent twice or is malformed',
  A7: 'every transition with actor, time and cause',
  A8: 'cases listed by state, age, owner and queue, equal to a fold of the streams',
  A9: 'the answer of a model is data: a replay asks nobody',
  A12: 'the workflow owns case id, timestamps and approval queue',
  B1: 'the agent proposes only: it holds no credential to write',
  C1: 'unknown tools are refused',
  C2: 'arguments are validated strictly, when proposed and when executed',
  C8: 'nothing is executed but what an approval says, to the letter',
  C15: 'no tool writes before somebody let it',
  D9: 'retries, duplicates and crashes leave one effect',
  E1: 'the timeline of a case',
  E23: 'one command runs a ticket from end to end',
  U1: 'a contract for upstream, and an acknowledgement to look up',
};

/** Those that are also proven over real Kafka and the protocol of EventStoreDB. */
const overRealParts = ['A1', 'A2', 'A4', 'D9', 'U1'];

const suites = globSync([
  '{libs,services,apps,examples}/*/test/**/*.spec.ts',
  'tests/**/*.spec.ts',
  'apps/*/test/**/*.commands.ts',
  'tests/**/*.commands.ts',
  'tests/**/*.services.ts',
]).filter((path) => !path.includes('capabilities/'));

/** The first argument of `describe`, `it` and what `it.each` returns, where it is a string. */
const title = /(?:\b(?:describe|it)|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
const titles = suites.flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(title)].map(([, , text]) => ({ path, text: text! })),
);

describe('the capabilities that were promised', () => {
  it.each(Object.entries(cited))('%s has a proof: %s', (id) => {
    const named = new RegExp(`\\b${id}\\b`);
    const proofs = titles.filter(({ text }) => named.test(text)).map(({ path }) => path);
    expect(proofs).not.toEqual([]);
  });

  it.each(overRealParts)('%s has a proof over the real parts', (id) => {
    const named = new RegExp(`\\b${id}\\b`);
    const proofs = titles.filter(
      ({ path, text }) => path.endsWith('.services.ts') && named.test(text),
    );
    expect(proofs).not.toEqual([]);
  });

  it('are looked for in suites that were found', () => {
    expect(suites.length).toBeGreaterThan(80);
    expect(titles.length).toBeGreaterThan(suites.length * 3);
  });
});
