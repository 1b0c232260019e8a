import { beforeAll, describe, expect, it } from '@jest/globals';
import { services } from '@countersign/contracts';
import { approvedCase } from './approved-case.js';
import { killPoints, laterKills } from './kill-points.js';
import { killServices, type ServicesKilled } from './killed-services.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

// Part of `npm run verify:full`, and needs Java: every point of every service, in five processes.

const ofService = (service: string) => (kill: string) => kill.startsWith(`${service}.`);

describe.each(services)('A1 A2 D9 %s as a process of its own, killed at every point', (service) => {
  const kills = [...killPoints, ...laterKills].filter(ofService(service));
  let run: ServicesKilled;
  beforeAll(async () => {
    run = await killServices(kills, 660_000 + services.indexOf(service) * 1_000);
  }, 1_200_000);

  it('dies at each of them by SIGKILL, and is started again', () => {
    const ends = kills.map((kill) => [kill, run.fired.get(kill)?.how]);
    expect(ends).toEqual(kills.map((kill) => [kill, 'SIGKILL']));
    expect(run.astray).toEqual([]);
  });

  it('keeps what an undisturbed one keeps (I5, I6, I8), and one effect a case (I3)', () => {
    for (const kill of kills) {
      const kept = withoutRepeats(keptOf(run.everything.events, kill), approvedCase);
      expect({ kill, ...kept }).toEqual({ kill, ...approvedCase });
    }
    expect([...run.effects]).toEqual(['undisturbed', ...kills].map((id) => [id, 1]));
  });

  it('leaves a store that holds what any must (I7, I10, I21), and nothing buried', () => {
    expect(findingsIn(run.everything)).toEqual([]);
    expect(troubleIn(run.everything)).toEqual([]);
  });
});
