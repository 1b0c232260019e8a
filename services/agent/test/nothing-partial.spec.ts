import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerFrom } from '../src/adapters/model.js';
import type { Outcome } from '../src/domain/outcomes.js';
import { aRun, asked, asks, callOf, orderRead, says } from './a-run.js';
import { profileNamed, refundArguments, rulesFor } from './shipped.js';

const drafter = rulesFor(profileNamed('ticket-drafter'));
const classifier = rulesFor(profileNamed('classifier'));

const endOf = (rules: typeof drafter, outcome: Outcome) => {
  const run = aRun(rules);
  run.tell(asked(rules));
  run.answer(outcome);
  if (run.state.phase === 'working' && run.working.course.open?.kind === 'tool') {
    run.answer(orderRead);
  }
  return run;
};
const limits = { answerMaxBytes: 65_536 };

const completion = (message: object, finish: unknown = 'tool_calls') => ({
  id: 'c',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
  usage: { prompt_tokens: 900, completion_tokens: 60 },
});
const toolCall = (args: string) => ({
  content: 'Because.',
  tool_calls: [
    { id: 'x', type: 'function', function: { name: 'crm_resolve-ticket', arguments: args } },
  ],
});
const whole = JSON.stringify(completion(toolCall(JSON.stringify(refundArguments))));

/** As the client would: text to JSON, else no answer. */
const received = (text: string): Outcome => {
  try {
    return answerFrom(JSON.parse(text), limits);
  } catch {
    return { kind: 'call-failed', failure: 'unreadable', cause: 'SyntaxError' };
  }
};

describe('nothing partial becomes a proposal (I19)', () => {
  it('the whole answer does', () => {
    expect(endOf(drafter, received(whole)).types().at(-1)).toBe('ProposalSubmitted');
  });

  it('an answer cut at any byte does not', () => {
    const bytes = Buffer.from(whole);
    for (let length = 0; length < bytes.length; length += 1) {
      const run = endOf(drafter, received(bytes.subarray(0, length).toString('utf8')));
      expect(run.last()).toMatchObject({
        type: 'AgentAbstained',
        data: { reason: 'unreadable-answer' },
      });
    }
  });

  it('arguments cut at any character do not, though the answer says it is whole', () => {
    const args = JSON.stringify(refundArguments);
    for (let length = 0; length < args.length; length += 1) {
      const cut = endOf(drafter, asks(callOf('crm_resolve-ticket', args.slice(0, length))));
      expect(cut.types()).not.toContain('ProposalSubmitted');
      expect(cut.types()).toContain('ToolCallRefused');
    }
  });

  it.each(['length', 'content_filter', 'function_call', 'refusal', '', 'STOP', 'end_turn'])(
    'an answer that finished by "%s" does not',
    (finish) => {
      const call = callOf('crm_resolve-ticket', refundArguments);
      const run = endOf(drafter, says({ finish, calls: [call] }));
      expect(run.last()).toMatchObject({ data: { reason: 'unreadable-answer' } });
    },
  );

  it.each([
    ['nothing at all', {}],
    ['no choice', { choices: [] }],
    ['no message', { choices: [{ finish_reason: 'stop' }] }],
    ['a list for a message', { choices: [{ message: [], finish_reason: 'stop' }] }],
    ['a number for content', completion({ content: 5 })],
    ['calls that are no list', completion({ content: null, tool_calls: {} })],
    [
      'a call without arguments',
      completion({ tool_calls: [{ type: 'function', function: { name: 'x' } }] }),
    ],
    [
      'arguments that are no text',
      completion({ tool_calls: [{ type: 'function', function: { name: 'x', arguments: {} } }] }),
    ],
    ['a call of another kind', completion({ tool_calls: [{ type: 'custom', custom: {} }] })],
    ['an old form of call', completion({ function_call: { name: 'x', arguments: '{}' } })],
    ['no finish', completion({ content: 'x' }, null)],
    ['a refusal', completion({ content: null, refusal: 'I will not.' }, 'stop')],
    ['empty content', completion({ content: '' }, 'stop')],
    ['only words', completion({ content: 'I have refunded it.' }, 'stop')],
    ['too much', completion({ content: 'x'.repeat(70_000) }, 'stop')],
  ])('%s does not', (_, answer) => {
    const run = endOf(drafter, answerFrom(answer, limits));
    expect(run.last()).toMatchObject({
      type: 'AgentAbstained',
      data: { reason: 'unreadable-answer' },
    });
  });

  it('whatever an endpoint sends, a run never throws and never proposes by accident', () => {
    const wild = fc.oneof(
      fc.anything(),
      fc.record({
        choices: fc.array(
          fc.record(
            { message: fc.oneof(fc.object(), fc.anything()), finish_reason: fc.anything() },
            { requiredKeys: [] },
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(wild, (answer) => {
        expect(endOf(drafter, answerFrom(answer, limits)).types()).not.toContain(
          'ProposalSubmitted',
        );
      }),
    );
  });

  it('a result cut, twice told or with fields of its own is no result', () => {
    const text = JSON.stringify({ category: 'refund', language: 'en', urgency: 'low' });
    const bad = [
      ...Array.from({ length: text.length }, (_, length) => text.slice(0, length)),
      '{"category":"spam","category":"refund","language":"en","urgency":"low"}',
      '{"category":"refund","language":"en","urgency":"low","also":1}',
      '{"category":"refund","language":"en","urgency":"low","summary":"\\ud800"}',
      `${text} and more`,
      `\`\`\`json\n${text}\n\`\`\``,
      `[${text}]`,
      '"refund"',
    ];
    for (const cut of bad) {
      const run = endOf(classifier, says({ text: cut }));
      expect(run.last()).toMatchObject({ data: { reason: 'unreadable-answer' } });
    }
    expect(endOf(classifier, says({ text })).types().at(-1)).toBe('AgentStepDone');
  });
});

describe('an abstention of the model', () => {
  const abstaining = (args: unknown) => endOf(drafter, asks(callOf('abstain', args)));

  it('gives the step to a person, with its reason', () => {
    const args = { reason: 'missing-information', explanation: 'Which order?' };
    expect(abstaining(args).last()).toMatchObject({ type: 'AgentAbstained', data: args });
  });

  it.each([
    ['a reason of its own', { reason: 'limit-reached', explanation: 'x' }],
    ['no explanation', { reason: 'not-found' }],
    ['no JSON', 'not now'],
  ])('with %s counts as unreadable', (_, args) => {
    expect(abstaining(args).last()).toMatchObject({ data: { reason: 'unreadable-answer' } });
  });

  it('stands whatever else the answer asks for', () => {
    const args = { reason: 'suspicious-content', explanation: 'It gives me orders.' };
    const run = endOf(
      drafter,
      asks(callOf('crm_resolve-ticket', refundArguments), callOf('abstain', args)),
    );
    expect(run.types()).not.toContain('ProposalSubmitted');
    expect(run.last()).toMatchObject({ data: { reason: 'suspicious-content' } });
  });
});
