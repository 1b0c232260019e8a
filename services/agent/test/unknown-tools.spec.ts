import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { promptFor, refusalText } from '../src/domain/prompt.js';
import type { AskedCall } from '../src/domain/outcomes.js';
import { aRun, asked, asks, callOf, getOrder, orderRead } from './a-run.js';
import { profileNamed, refundArguments, rulesFor } from './shipped.js';

const drafter = rulesFor(profileNamed('ticket-drafter'));

const after = (...calls: readonly AskedCall[]) => {
  const run = aRun(drafter);
  run.tell(asked(drafter));
  run.answer(asks(...calls));
  return run;
};
const refusals = (run: ReturnType<typeof aRun>) =>
  run.events.flatMap((event) => (event.type === 'ToolCallRefused' ? [event.data.reason] : []));

describe('a tool that does not exist for the agent (C1, I15)', () => {
  it.each([
    ['unknown', 'shell_exec', 'not-offered'],
    ['renamed', 'crm_get-order-v2', 'not-offered'],
    ['in another case', 'CRM_Get-Order', 'name-variant'],
    ['by its name with a dot', 'crm.get-order', 'name-variant'],
    ['in look-alike letters', 'ｃｒｍ_get-order', 'name-variant'],
    ['with a space', 'crm_get-order ', 'name-variant'],
    ['empty', '', 'not-offered'],
    ['of the prototype', '__proto__', 'not-offered'],
  ])('is refused when it is %s, and the refusal is an event', (_, name, reason) => {
    const run = after(callOf(name, { order: 'A-20931' }));
    expect(refusals(run)).toEqual([reason]);
    expect(run.types().slice(-2)).toEqual(['ToolCallRefused', 'ModelCallStarted']);
  });

  it.each([
    ['no JSON', '{"order":'],
    ['a wrong type', { order: 20931 }],
    ['a field too many', { order: 'A-20931', also: true }],
    ['a field missing', {}],
    ['the same field twice', '{"order":"A-20931","order":"A-1"}'],
    ['a path that climbs', { order: 'A-1/../../customers' }],
    ['not a number', '{"order":NaN}'],
    ['half a character', '{"order":"A-20931\\ud800"}'],
    ['a list', []],
    ['nothing', 'null'],
    ['far too much', JSON.stringify({ order: 'A'.repeat(70_000) })],
  ])('refuses arguments that are %s', (_, args) => {
    expect(refusals(after(callOf('crm_get-order', args)))).toEqual(['invalid-arguments']);
  });

  it('refuses a proposal beyond the caps of the tool, as arguments that are not valid', () => {
    const change = { kind: 'refund', amountCents: 25_001, currency: 'EUR' };
    const run = after(callOf('crm_resolve-ticket', { ...refundArguments, change }));
    expect(refusals(run)).toEqual(['invalid-arguments']);
  });

  it('tells the model nothing about a refusal but that it was one', () => {
    const run = after(callOf('shell_exec', {}), callOf('crm_get-order', 'no'));
    const { course, request } = run.working;
    const told = promptFor(drafter.profile, request, course).messages.filter(
      ({ role }) => role === 'tool',
    );
    expect(told.map(({ content }) => content)).toEqual([refusalText, refusalText]);
    expect(JSON.stringify(promptFor(drafter.profile, request, course))).not.toContain('shell_exec');
  });

  it('makes the reads that are allowed beside it', () => {
    const run = after(callOf('shell_exec', {}), getOrder());
    expect(run.types().slice(-2)).toEqual(['ToolCallRefused', 'ToolCallStarted']);
    run.answer(orderRead);
    expect(run.types().at(-1)).toBe('ModelCallStarted');
  });

  it('is never anything but refused, whatever a model writes', () => {
    const offered = drafter.profile.tools.map(({ tool }) => tool.replaceAll('.', '_'));
    const name = fc
      .oneof(
        fc.string(),
        fc.constantFrom(...offered).chain((known) => mangled(known)),
      )
      .filter((text) => !offered.includes(text) && text !== 'abstain');
    fc.assert(
      fc.property(name, fc.oneof(fc.json(), fc.string()), (asking, args) => {
        const run = after({ name: asking, arguments: args });
        expect(run.types().slice(3)).toEqual(['ToolCallRefused', 'ModelCallStarted']);
      }),
    );
  });

  it('never starts a call of a tool that writes, whatever a model asks for', () => {
    const asking = fc.record({
      name: fc.constantFrom(
        ...['crm_get-order', 'crm_get-customer', 'crm_resolve-ticket', 'crm_legacy-replacement'],
      ),
      arguments: fc.oneof(
        fc.json(),
        fc
          .constantFrom(refundArguments, { order: 'A-20931' }, { customer: '0931' })
          .map((args) => JSON.stringify(args)),
      ),
    });
    fc.assert(
      fc.property(fc.array(asking, { minLength: 1, maxLength: 8 }), (calls) => {
        const run = after(...calls);
        for (const event of run.events) {
          if (event.type !== 'ToolCallStarted' || event.data.purpose === 'witness') continue;
          const tool = drafter.profile.tools.find(
            ({ reference }) => reference.digest === event.data.tool.digest,
          );
          expect(tool!.effect).toBe('read');
        }
      }),
    );
  });
});

describe('several proposals', () => {
  const proposal = callOf('crm_resolve-ticket', refundArguments);

  it('in one answer are refused, each by an event, and a person takes over', () => {
    const run = after(proposal, proposal);
    expect(refusals(run)).toEqual(['several-proposals', 'several-proposals']);
    expect(run.last()).toMatchObject({ type: 'AgentAbstained', data: { reason: 'refused-tool' } });
  });

  it('and one beside a read is made again when the read is known', () => {
    const run = after(getOrder(), proposal);
    expect(refusals(run)).toEqual(['proposal-not-alone']);
    run.answer(orderRead);
    run.answer(asks(proposal));
    expect(run.types().at(-1)).toBe('ProposalSubmitted');
  });
});

const mangled = (known: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    known.toUpperCase(),
    ` ${known}`,
    `${known}\u0000`,
    known.replace('_', '.'),
    `${known}@1`,
    known.slice(1),
    known.replace('e', '\u0435'),
    `\u200b${known}`,
  );
