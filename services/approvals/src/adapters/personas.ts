import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@countersign/telemetry';
import type { Persona } from '../settings.js';

interface Told {
  readonly personas: readonly {
    readonly sub: string;
    readonly name: string;
    readonly sources?: readonly string[];
  }[];
}

const answerMaxMs = 5_000;
const againMs = 500;

/**
 * The people that a development issuer knows, without the upstream systems; nobody until it answers,
 * for which nothing waits.
 */
export const personasOf = (issuer: string, log: Log): readonly Persona[] => {
  const people: Persona[] = [];
  const learn = async () => {
    for (;;) {
      try {
        people.push(...(await ask(issuer)));
        return;
      } catch (error) {
        log.warn('nobody can sign in yet', { cause: String(error) });
      }
      await sleep(againMs, undefined, { ref: false });
    }
  };
  void learn();
  return people;
};

const ask = async (issuer: string): Promise<readonly Persona[]> => {
  const signal = AbortSignal.timeout(answerMaxMs);
  const response = await fetch(`${issuer}/personas`, { redirect: 'error', signal });
  if (!response.ok) throw new Error(`the issuer answered ${response.status}`);
  const { personas } = (await response.json()) as Told;
  return personas
    .filter(({ sources }) => !sources)
    .map(({ sub, name }) => ({ as: sub, title: name }));
};
