import type { Opening } from '@countersign/decider';
import type { Proposal, UnsignedProposal } from '@countersign/contracts';
import { instantAfter } from '@countersign/time';
import type { LeaseTimes } from './caps.js';
import type { Course } from './course.js';
import type { RunFact, RunRequest } from './facts.js';
import type { Profile } from './profile.js';

/** What a run's decisions rest on, beside its state. */
export interface RunRules {
  readonly profile: Profile;
  /** Id of the model as the endpoint knows it. */
  readonly model: string;
  readonly times: LeaseTimes;
  /** Signs as the agent service. */
  readonly sign: (proposal: UnsignedProposal) => Proposal;
}

/** A worker's hold on a run: whoever comes with another epoch or name is late. */
export interface Held {
  readonly epoch: number;
  readonly worker: string;
  /** When it was claimed. */
  readonly since: string;
  readonly leaseUntil: string;
  /** Time left by the worker's own count, which no jump of the wall clock touches. */
  readonly leftMs?: number | undefined;
  /** The alarm on the lease; absent while the claim is being made. */
  readonly leaseAlarm?: string | undefined;
}

/** Where a decision stands: the run, how far it has come, who holds it, and when it is. */
export interface Standing {
  readonly rules: RunRules;
  readonly request: RunRequest;
  readonly course: Course;
  readonly held: Held;
  /** The instant under which the decision is recorded. */
  readonly at: string;
  /** 40 hex digits of chance: a salt, and how far to spread a pause. */
  readonly chance: string;
}

export const saltOf = ({ chance }: Pick<Standing, 'chance'>): string => chance.slice(0, 32);
export const jitterOf = ({ chance }: Pick<Standing, 'chance'>): number =>
  parseInt(chance.slice(32, 40), 16) / 0xffffffff;

/** The lease as it must be for the next call: as it is, or renewed when it would end too soon. */
export const leaseFor = (
  { rules, held, at }: Standing,
  call: number,
  pauseMs: number,
): { leaseUntil?: string; opens?: readonly Opening[]; settles?: readonly string[] } => {
  const { leaseMs, callMaxMs } = rules.times;
  const neededMs = pauseMs + callMaxMs;
  const enough = (held.leftMs ?? leaseMs) >= neededMs;
  if (enough && instantAfter(at, neededMs) <= held.leaseUntil) return {};
  const leaseUntil = instantAfter(at, leaseMs);
  return {
    leaseUntil,
    opens: [{ name: `lease#${held.epoch}.${call}`, dueAt: leaseUntil }],
    ...(held.leaseAlarm !== undefined && { settles: [held.leaseAlarm] }),
  };
};

/** An ending is the last fact: nobody needs to look after the lease any more. */
export const ending = ({ held }: Standing, fact: RunFact): readonly RunFact[] => [
  { ...fact, ...(held.leaseAlarm !== undefined && { settles: [held.leaseAlarm] }) },
];
