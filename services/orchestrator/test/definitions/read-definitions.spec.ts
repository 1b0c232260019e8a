import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@countersign/configuration';
import { readDefinitions } from '../../src/definitions/read-definitions.js';
import { inFolderWith, shipped, workflowsOfTests } from './folders.js';

const file = 'workflows/support-ticket.yaml';
const text = readFileSync(join(shipped, file), 'utf8');
const lines = text.split('\n');

/** The shipped workflow with some of its text replaced; every text must be there. */
const altered = (...changes: readonly (readonly [string, string])[]): string =>
  changes.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`the shipped workflow does not say ${from}`);
    return all.replace(from, to);
  }, text);

/** What is wrong, with paths as below the configuration folder. */
const problemsWith = (files: Readonly<Record<string, string | null>>): readonly string[] =>
  inFolderWith(files, (folder) => {
    try {
      readDefinitions(folder);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ''));
    }
  });
const problemsOf = (...changes: readonly (readonly [string, string])[]) =>
  problemsWith({ [file]: altered(...changes) });

const lineOf = (part: string) => lines.findIndex((line) => line.includes(part)) + 1;

describe('the shipped configuration', () => {
  const set = readDefinitions(shipped);

  it('defines the support ticket, as the design has it', () => {
    const [workflow] = set.definitions;
    expect(workflow).toMatchObject({
      reference: { name: 'support-ticket', version: 1 },
      accepts: ['support.ticket.created.v1'],
      start: 'classify',
      steps: {
        classify: { kind: 'agent', deadlineMs: 120_000, profile: { name: 'classifier' } },
        approve: {
          kind: 'approval',
          queue: { name: 'support-supervisors', owner: 'head-of-support' },
          expireAfterMs: 172_800_000,
          executableForMs: 86_400_000,
        },
        assist: {
          kind: 'assist',
          reaches: 'assisted',
          tools: [{ name: 'crm.resolve-ticket' }, { name: 'crm.legacy-replacement' }],
        },
        write: { kind: 'execute', on: { succeeded: 'closed', refused: 'draft', failed: 'failed' } },
      },
    });
  });

  it('says for intake what the workflow accepts, and by which schema', () => {
    const named = set.names.find(({ kind }) => kind === 'workflow');
    expect(named).toMatchObject({
      name: 'support-ticket',
      version: 1,
      accepts: ['support.ticket.created.v1'],
      input: { name: 'support-ticket', version: 1 },
    });
  });

  it('keeps each document before those that name it', () => {
    const kept = new Set<string>();
    for (const { digest, document } of set.documents) {
      const pins = JSON.stringify(document).match(/(?<=#)[0-9a-f]{64}/g) ?? [];
      for (const pin of pins) expect(kept).toContain(pin);
      kept.add(digest);
    }
  });
});

describe('what cannot be run yet is refused by name', () => {
  it.each([
    ['task', '/steps/write/kind: step kind "task" is not supported yet'],
    ['wait', '/steps/write/kind: step kind "wait" is not supported yet'],
    ['notify', '/steps/write/kind: step kind "notify" is not supported yet'],
  ])('a step of kind %s', (kind, problem) => {
    const problems = problemsOf(['kind: execute', `kind: ${kind}`]);
    expect(problems).toEqual([`${file}:${lineOf('kind: execute')}:11: ${problem}`]);
  });

  it.each([
    ['{ any: 2, of: [supervisor, l2] }', 'need k-of-n is not supported yet: write any: 1'],
    ['{ all: [supervisor, l2] }', 'need "all" is not supported yet'],
  ])('a need of %s', (need, problem) => {
    const problems = problemsOf(['{ any: 1, of: [supervisor, l2] }', need]);
    expect(problems).toEqual([
      `${file}:${lineOf('any: 1, of: [supervisor')}:11: /steps/approve/need: ${problem}`,
    ]);
  });

  it('a hold other than 0', () => {
    expect(problemsOf(['reaches: approved', 'reaches: approved\n    hold: PT1H'])).toEqual([
      `${file}:${lineOf('reaches: approved') + 1}:11: /steps/approve/hold: a hold other than 0 is not supported yet`,
    ]);
    expect(problemsOf(['reaches: approved', 'reaches: approved\n    hold: 0'])).toEqual([]);
  });

  it('a proposal of several calls', () => {
    expect(problemsOf(['reaches: drafted', 'reaches: drafted\n    calls: 3'])).toEqual([
      `${file}:${lineOf('reaches: drafted') + 1}:12: /steps/draft/calls: a proposal of several calls is not supported yet`,
    ]);
  });

  it('an escalation level other than expire', () => {
    const path = 'escalations/standard-48h@1.yaml';
    const policy = readFileSync(join(shipped, path), 'utf8');
    const problems = problemsWith({ [path]: policy.replace('do: expire', 'do: notify') });
    expect(problems[0]).toMatch(
      /^escalations\/standard-48h@1.yaml:\d+:\d+: \/levels\/0\/do: escalation level "notify" is not supported yet: only expire is$/,
    );
  });
});

const trap = `  trap:
    kind: agent
    state: received
    reaches: classified
    profile: classifier
    deadline: PT2M
    on: { done: trap, abstained: trap, timeout: trap }
`;

describe('what is wrong with a workflow is named with its place', () => {
  it.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
    [
      'an outcome that leads nowhere',
      [['released: write', 'released: wriet']],
      ['/steps/approve/on/released: there is no step "wriet"'],
    ],
    [
      'a start that is no step',
      [['start: classify', 'start: begin']],
      ['/start: there is no step'],
    ],
    [
      'a step that nothing leads to',
      [['  failed: { kind: end', '  lost: { kind: end, outcome: closed }\n  failed: { kind: end']],
      ['/steps/lost: no way leads to this step'],
    ],
    [
      'a way without an end',
      [
        ["'spam'\", to: closed", "'spam'\", to: trap"],
        ['  draft:\n', `${trap}  draft:\n`],
      ],
      ['/steps/trap: no way leads from this step to an end'],
    ],
    [
      'an outcome without a way',
      [[', expired: expired }\n  write:', ' }\n  write:']],
      ['/steps/approve/on/expired: is missing'],
    ],
    [
      'an outcome that no such step has',
      [['succeeded: closed', 'succeded: closed']],
      [
        '/steps/write/on/succeeded: is missing',
        '/steps/write/on/succeded: is not known here (allowed: succeeded, refused, failed)',
      ],
    ],
    ['a missing owner', [['  risk: risk-office\n', '']], ['/owners/risk: is missing']],
    [
      'an owner whom nobody knows',
      [['risk: risk-office', 'risk: nobody']],
      ['/owners/risk: no owner "nobody" in owners.yaml'],
    ],
    ['a missing deadline', [['    deadline: PT15M\n', '']], ['/steps/write/deadline: is missing']],
    [
      'a deadline that is no duration',
      [['PT15M', '15 minutes']],
      ['/steps/write/deadline: "15 minutes" is no duration such as PT2M'],
    ],
    [
      'a state that is on no list',
      [['reaches: drafted', 'reaches: written']],
      ['/steps/draft/reaches: "written" does not stand for anything here (allowed: received,'],
    ],
    [
      'a state that only the engine sets',
      [['state: assisted', 'state: uncertain']],
      ['/steps/assist/state: "uncertain" does not stand for anything here'],
    ],
    [
      'a guard that does not parse',
      [["data.classify.category == 'spam'", 'data.classify.(']],
      ['/steps/route/when/0/if: guard: Expected IDENTIFIER'],
    ],
    [
      'a guard over what no case has',
      [['data.classify.category', 'result.category']],
      ['/steps/route/when/0/if: guard: Unknown variable: result'],
    ],
    [
      'a guard over a step that does not exist',
      [['data.classify.category', 'data.clasify.category']],
      ['/steps/route/when/0/if: guard: there is no step "clasify" (allowed after "data.": input,'],
    ],
    ['a route without an else', [[', { else: draft }', '']], ['the last branch must be an else']],
    [
      'a kind that is none',
      [['kind: execute', 'kind: run']],
      ['/steps/write/kind: names no known form (allowed: agent, route,'],
    ],
    [
      'an unanswered question of the charter',
      [['survivesRestarts: true, ', '']],
      ['/charter/survivesRestarts: is missing'],
    ],
    [
      'a sixth question of the charter',
      [['survivesRestarts: true', 'survivesRestarts: true, isCheap: true']],
      ['/charter/isCheap: is not known here'],
    ],
    ['a key that nobody reads', [['title:', 'tilte:']], ['/title: is missing', '/tilte: is not']],
    [
      'a profile that is not there',
      [['profile: classifier', 'profile: clasifier']],
      ['/steps/classify/profile: there is no profile "clasifier" (there are: classifier@1,'],
    ],
    [
      'a profile that cannot come to what is awaited',
      [['profile: ticket-drafter', 'profile: classifier']],
      [
        '/steps/draft/on: profile "classifier" comes to a result',
        '/steps/draft/on: profile "classifier" never comes to a proposal',
      ],
    ],
    [
      'a queue that is not there',
      [['queue: support-leads', 'queue: nobody']],
      ['/steps/assist/queue: there is no queue "nobody"'],
    ],
    [
      'a policy that is not there',
      [['escalation: standard-48h', 'escalation: whenever']],
      ['/steps/approve/escalation: there is no escalation "whenever"'],
    ],
    [
      'a schema that is not there',
      [['schemas/support-ticket.json', 'schemas/ticket.json']],
      ['/input: there is no schema "ticket"'],
    ],
    [
      'an approval with nothing to approve (I1)',
      [['done: route', 'done: approve']],
      ['/steps/approve: can be reached with nothing to approve, by way of classify (done) approve'],
    ],
    [
      'an execution that no approval released (I1)',
      [['proposed: approve, abstained', 'proposed: write, abstained']],
      [
        '/steps/write: can be reached with a proposal that no approval has released, by way of ' +
          'classify (done) route (else) draft (proposed) write',
      ],
    ],
    [
      'an execution after a rejection (I1)',
      [['rejected: rejected, changes', 'rejected: write, changes']],
      ['(rejected) write'],
    ],
    [
      'a second execution of the same release (I1)',
      [['failed: failed }', 'failed: write }']],
      ['(released) write (failed) write'],
    ],
    [
      'routes that go round without waiting',
      [
        ['{ else: draft }]', '{ else: again }]'],
        [
          '  draft:\n',
          '  again: { kind: route, when: [{ if: "true", to: route }, { else: draft }] }\n  draft:\n',
        ],
      ],
      ['routes in a circle without waiting for anyone', 'routes in a circle'],
    ],
    ['a name given twice', [['start: classify', 'start: classify\nstart: draft']], ['unique']],
  ])('%s', (_, changes, expected) => {
    const problems = problemsOf(...changes);
    for (const problem of expected) {
      expect(problems).toContainEqual(expect.stringContaining(problem));
    }
    for (const problem of problems) expect(problem).toMatch(/^workflows\/.+\.yaml:\d+:\d+: /);
  });

  it('all at once', () => {
    const problems = problemsOf(
      ['  risk: risk-office\n', ''],
      ['deadline: PT2M', 'deadline: soon'],
      ['kind: execute', 'kind: task'],
      ['{ any: 1, of: [l2, supervisor] }', '{ any: 2, of: [l2, supervisor] }'],
    );
    expect(problems).toHaveLength(4);
  });
});

describe('what is wrong between files', () => {
  const second = readFileSync(join(workflowsOfTests, 'two-approvals.yaml'), 'utf8');
  const other = 'workflows/two-approvals.yaml';

  it('is nothing when another workflow takes other events', () => {
    expect(problemsWith({ [other]: second })).toEqual([]);
  });

  it('two workflows that take the same events', () => {
    const clash = second.replace('claim.filed.v1', 'support.ticket.created.v1');
    expect(problemsWith({ [other]: clash })).toEqual([
      `${other}:18:11: /accepts/0: ${file} accepts "support.ticket.created.v1" as well`,
    ]);
  });

  it('two documents of one name and version', () => {
    const queue = readFileSync(join(shipped, 'queues/support-leads@1.yaml'), 'utf8');
    expect(problemsWith({ 'queues/zz.yaml': queue.replace('title: ', 'title: Other ') })).toEqual([
      'queues/zz.yaml:1:1: (document): queue support-leads@1 stands in queues/support-leads@1.yaml as well',
    ]);
  });

  it('a name that leaves a choice of versions', () => {
    const queue = readFileSync(join(shipped, 'queues/support-leads@1.yaml'), 'utf8');
    const problems = problemsWith({
      'queues/support-leads@2.yaml': queue.replace('version: 1', 'version: 2'),
    });
    expect(problems).toEqual([
      `${file}:${lineOf('queue: support-leads')}:12: /steps/assist/queue: which "support-leads"? write support-leads@1 or support-leads@2`,
    ]);
  });

  it('a profile that has a writing tool to read with', () => {
    const path = 'profiles/ticket-drafter@1.yaml';
    const profile = readFileSync(join(shipped, path), 'utf8');
    const problems = problemsWith({
      [path]: profile.replace('read: [crm.get-order@1', 'read: [crm.resolve-ticket@1'),
    });
    expect(problems).toContainEqual(
      expect.stringContaining('/tools/read/0: "crm.resolve-ticket@1" has the effect write'),
    );
  });

  it('a queue that nobody owns', () => {
    const path = 'queues/support-leads@1.yaml';
    const queue = readFileSync(join(shipped, path), 'utf8');
    expect(
      problemsWith({ [path]: queue.replace('owner: head-of-support', 'owner: nobody') }),
    ).toEqual([expect.stringContaining('/owner: no owner "nobody" in owners.yaml')]);
  });

  it('no list of owners', () => {
    expect(problemsWith({ 'owners.yaml': null })).toContain('owners.yaml: does not exist');
  });
});
