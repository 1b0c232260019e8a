import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fold, type Effect, type Recorded } from '@countersign/decider';
import type { RunFact } from '../src/domain/facts.js';
import { runFold, type RunState } from '../src/domain/run.js';

interface Golden {
  readonly events: readonly Recorded<RunFact>[];
  /** After each event. */
  readonly phases: readonly RunState['phase'][];
  readonly state: RunState;
  readonly effects: readonly Effect[];
}

const folder = join(import.meta.dirname, 'golden');
const goldens = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('runs as they were recorded once (A9, I9)', () => {
  it('are kept', () => expect(goldens.length).toBeGreaterThanOrEqual(4));

  it.each(goldens)('fold for ever to what they came to: %s', (name) => {
    const golden = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Golden;
    const { events } = golden;
    const asStored: unknown = JSON.parse(JSON.stringify(fold(runFold, events)));
    expect(asStored).toEqual(golden.state);
    expect(events.map((_, n) => fold(runFold, events.slice(0, n + 1)).phase)).toEqual(
      golden.phases,
    );
    expect(events.flatMap((event) => runFold.react(event))).toEqual(golden.effects);
  });
});
