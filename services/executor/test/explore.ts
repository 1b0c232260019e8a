import { fold, stamp, type Recorded } from '@countersign/decider';
import { noFailpoints } from '@countersign/failpoints';
import { toolFrom, type CallOutcome, type Tool, type ToolRequest } from '@countersign/tools';
import { findOut } from '../src/adapters/find-out.js';
import type { AuthorityFacts } from '../src/domain/checks.js';
import type { Execution } from '../src/domain/execution.js';
import type {
  ExecutionFact,
  ExecutionInput,
  ExecutionState,
  Finding,
  Order,
} from '../src/domain/facts.js';
import { idOf, order as anOrder } from './orders.js';
import { approve, start } from './papers.js';

/** How a target keeps what a tool's manifest promises of it. */
export interface TargetKind {
  /** Does one key once: in one step, in two (it looks, then writes), or not at all. */
  readonly dedupes: 'at once' | 'in two steps' | 'never';
  readonly comparesEtag: boolean;
}

/** A world to be explored: the real decider and worker, and a target of some kind. */
export interface Explored {
  readonly decider: Execution;
  readonly tool: Tool;
  readonly target: TargetKind;
  /** Steps by somebody else that change what the target would answer. */
  readonly foreignWrites?: number;
}

export interface Exploration {
  readonly states: number;
  /** The steps to the first state that must not be; undefined when there is none. */
  readonly counterexample: readonly string[] | undefined;
  /** Types of the events in which runs came to rest. */
  readonly rests: ReadonlySet<string>;
}

interface Call {
  readonly epoch: number;
  readonly request: ToolRequest;
  readonly isWrite: boolean;
  place: 'under way' | 'looked at' | 'arrived';
  sawKey: boolean;
  response: CallOutcome | undefined;
  waiting: ((outcome: CallOutcome) => void) | undefined;
}

/** Two calls are enough for every race between them; a third only repeats it. */
export const exploredLimits = { leaseMs: 1_000, callsMax: 2, epochsMax: 3, patienceMs: 60_000 };

/**
 * Runs the real code under every order of what can happen: calls arrive late, after they were given
 * up, or never; answers are lost; workers die before they report; leases run out at any time; the
 * target is changed by others. Each state is entered once; a run is replayed from its steps.
 */
export const explore = async (explored: Explored): Promise<Exploration> => {
  const known = new Set<string>();
  const rests = new Set<string>();
  const open: (readonly string[])[] = [[]];
  for (let path = open.pop(); path; path = open.pop()) {
    const run = await replay(explored, path);
    if (run.wrong()) return { states: known.size, counterexample: path, rests };
    const key = run.key();
    if (known.has(key)) continue;
    known.add(key);
    const next = run.enabled();
    if (next.length === 0) rests.add(run.lastType());
    for (const step of next) open.push([...path, step]);
  }
  return { states: known.size, counterexample: undefined, rests };
};

/** Longer than any row of awaits between two calls. */
const turnsMax = 24;
const turn = async () => {
  for (let n = 0; n < turnsMax; n += 1) await undefined;
};

const replay = async (explored: Explored, path: readonly string[]) => {
  const run = begin(explored);
  await turn();
  for (const step of path) {
    run.take(step);
    await turn();
  }
  return run;
};

const begin = ({ decider, tool, target, foreignWrites = 1 }: Explored) => {
  const calls: Call[] = [];
  const findings = new Map<number, Finding>();
  const world = { etag: 1, effects: 0, keyUsed: false, blocked: true, foreignLeft: foreignWrites };
  let events: readonly Recorded<ExecutionFact>[] = [];
  let state: ExecutionState = decider.initial;
  let inputs = 0;

  const { facts, order, pinned } = papersFor(tool);
  const decide = (id: string, body: ExecutionInput) => {
    inputs += 1;
    const told = {
      id,
      actor: { type: 'service', id: 'executor' } as const,
      occurredAt: start,
      recordedAt: start,
      body,
    };
    const decision = decider.decide(told, state);
    if (!('facts' in decision)) return;
    const added = stamp(told, decision.facts, events.length - 1);
    events = [...events, ...added];
    state = fold<ExecutionFact, ExecutionState>(decider, events);
    if (added.some(({ type }) => type === 'ExecutionClaimed')) startWorker();
  };
  const startWorker = () => {
    if (state.phase !== 'claimed') return;
    const { epoch, earlierCalls } = state;
    void findOut({
      facts,
      repeat: earlierCalls > 0,
      failpoints: noFailpoints,
      called: () => undefined,
      lease: {
        caller: { call: (request) => send(epoch, request), close: () => Promise.resolve() },
        monotonic: () => 0,
        endsMs: 1_000,
        callTimeoutMs: 1_000,
      },
    }).then((finding) => findings.set(epoch, finding));
  };
  const send = (epoch: number, request: ToolRequest): Promise<CallOutcome> =>
    new Promise((waiting) => {
      const rest = { place: 'under way', sawKey: false, response: undefined } as const;
      calls.push({ epoch, request, waiting, isWrite: request.method !== 'GET', ...rest });
    });
  const arrive = (call: Call) => {
    const { request, isWrite } = call;
    if (isWrite && target.dedupes === 'in two steps' && call.place === 'under way') {
      call.place = 'looked at';
      call.sawKey = world.keyUsed;
      return;
    }
    call.place = 'arrived';
    call.response = isWrite ? write(call) : read(request);
    // When the answer to a question comes makes no difference, only what it saw.
    if (!isWrite) settle(call, call.response);
  };
  const settle = (call: Call, outcome: CallOutcome) => {
    call.waiting?.(outcome);
    call.waiting = undefined;
  };
  const read = ({ path }: ToolRequest): CallOutcome =>
    path.startsWith('/resolutions/')
      ? answer(world.keyUsed ? 200 : 404)
      : answer(200, { etag: `"${world.etag}"` });
  const write = ({ request, sawKey }: Call): CallOutcome => {
    const used = target.dedupes === 'in two steps' ? sawKey : world.keyUsed;
    if (target.dedupes !== 'never' && used) return answer(200);
    const ifMatch = request.headers['if-match'];
    if (target.comparesEtag && ifMatch !== undefined && ifMatch !== `"${world.etag}"`) {
      return answer(412);
    }
    if (!pinned && world.blocked) return answer(409);
    world.effects += 1;
    world.keyUsed = true;
    world.etag += 1;
    return answer(201);
  };
  decide(order.requestId, { type: 'ExecuteAction', order, worker: 'w1' });

  return {
    enabled: (): string[] => [
      ...calls.flatMap((call, n) => [
        ...(call.place === 'arrived' || !(call.isWrite || call.waiting) ? [] : [`arrive ${n}`]),
        ...(call.waiting && call.response ? [`answer ${n}`] : []),
        ...(call.waiting ? [`give up ${n}`] : []),
      ]),
      ...[...findings.keys()].flatMap((epoch) => [`report ${epoch}`, `die ${epoch}`]),
      ...(state.phase === 'claimed' ? ['lease over'] : []),
      ...(world.foreignLeft > 0 ? ['foreign write'] : []),
    ],
    take: (step: string) => {
      const [, verb, place] = /^(\D+?) ?(\d*)$/.exec(step)!;
      const n = Number(place);
      const call = calls[n];
      switch (verb) {
        case 'arrive':
          return arrive(call!);
        case 'answer':
        case 'give up':
          return settle(call!, verb === 'answer' ? call!.response! : lost);
        case 'report':
          decide(idOf(`report ${n}`), { type: 'Reported', epoch: n, finding: findings.get(n)! });
          return void findings.delete(n);
        case 'die':
          return void findings.delete(n);
        case 'lease over':
          if (state.phase === 'claimed')
            decide(state.leaseId, { type: 'AlarmDue', worker: `w${inputs}` });
          return;
        case 'foreign write':
          world.foreignLeft -= 1;
          world.etag += 1;
          world.blocked = false;
          return;
      }
    },
    /** I3, and that "not done" is never said of what was done, or still will be. */
    wrong: () =>
      world.effects > 1 ||
      (state.phase === 'ended' && state.ending === 'not-done' && world.effects > 0) ||
      (state.phase === 'ended' && state.ending === 'done' && world.effects === 0),
    key: () => {
      const open = calls
        .filter(({ place, isWrite, waiting }) => waiting || (isWrite && place !== 'arrived'))
        .map(({ epoch, request, place, sawKey, response, waiting }) =>
          [epoch, request.path, place, sawKey, waiting !== undefined, statusOf(response)].join(),
        );
      const waiting = [...findings].sort(([a], [b]) => a - b);
      return JSON.stringify([world, shape(state), open.sort(), waiting]);
    },
    lastType: () => events.at(-1)!.type,
  };
};

/** The state without ids, which follow from the steps and decide nothing but their equality. */
const shape = (state: ExecutionState): unknown =>
  state.phase === 'claimed' ? { ...state, claimId: '', leaseId: '' } : state;

const statusOf = (outcome: CallOutcome | undefined) =>
  outcome?.kind === 'answered' ? outcome.status : 0;

const lost: CallOutcome = { kind: 'unknown', cause: 'deadline' };
const answer = (status: number, headers: Record<string, string> = {}): CallOutcome => ({
  kind: 'answered',
  status,
  headers,
  body: '{}',
});

type Papers = { facts: AuthorityFacts; order: Order; pinned: boolean };
const known = new Map<Tool, Papers>();
const papersFor = (tool: Tool): Papers => {
  const papers = known.get(tool) ?? newPapers(tool);
  known.set(tool, papers);
  return papers;
};

const newPapers = (tool: Tool): Papers => {
  const pinned = tool.witness !== 'none';
  const { proposal, content, record, digest } = approve(tool, {}, pinned ? {} : { witness: null });
  const order: Order = {
    ...anOrder,
    digest,
    tool: tool.reference,
    idempotency: tool.idempotency ?? 'none',
  };
  const authority = { proposal, content, record };
  const facts = { order, authority, now: start, stage: 'human-approval', tool } as const;
  return { facts, order, pinned };
};

/** The same tool for a target that has no version to compare. */
export const withoutWitness = (tool: Tool): Tool =>
  toolFrom({ ...tool.document, tool: `${tool.tool}-unpinned`, witness: 'none' });
