import { beforeAll, describe, expect, it } from '@jest/globals';
import { approvedCase } from './approved-case.js';
import { sampledKills, seed } from './kill-sample.js';
import { killServices, type ServicesKilled } from './killed-services.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

const kills = sampledKills();
let run: ServicesKilled;
beforeAll(async () => {
  process.stderr.write(`FAULTS_SEED=${seed} kills at ${kills.join(' ')}\n`);
  run = await killServices(kills, 640_000);
}, 600_000);

describe('A1 A2 D9 one of five processes that is killed by SIGKILL', () => {
  it('is measured by a case that nobody disturbed', () => {
    expect(keptOf(run.everything.events, 'undisturbed')).toEqual(approvedCase);
  });

  it.each(kills)('at %s was killed there, and started again', (kill) => {
    const { how, said } = run.fired.get(kill)!;
    expect({ how, said }).toEqual({ how: 'SIGKILL', said: [`failpoint ${kill}`] });
  });

  it('leaves the others running', () => {
    expect(run.astray).toEqual([]);
  });

  it.each(kills)('at %s keeps what an undisturbed one keeps (I5, I6, I8)', (kill) => {
    const kept = keptOf(run.everything.events, kill);
    expect(withoutRepeats(kept, approvedCase)).toEqual(approvedCase);
  });

  it('I3 leaves one effect for each case, and none that is nobody’s', () => {
    expect([...run.effects]).toEqual(['undisturbed', ...kills].map((id) => [id, 1]));
  });

  it('I7 I10 I21 leaves a store that holds what any must, and nothing buried', () => {
    expect(findingsIn(run.everything)).toEqual([]);
    expect(troubleIn(run.everything)).toEqual([]);
  });
});
