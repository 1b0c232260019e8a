import type { DemoCase } from './demo-story.js';
import { duration, table, type Write } from './print.js';

export interface Summary {
  readonly cases: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Cases that did not end as the sample's index says. */
  readonly unexpected: readonly string[];
  /** What the CRM's public ledger holds for the orders of this run. */
  readonly effects: readonly { readonly path: string; readonly change: string }[];
  /** Median time between a request and its answer, by step, in milliseconds. */
  readonly medianMsByStep: Readonly<Record<string, number>>;
}

export const summarise = async (
  cases: readonly DemoCase[],
  crm: string,
  run: string,
): Promise<Summary> => {
  const outcomes: Record<string, number> = {};
  for (const { state } of cases) outcomes[state] = (outcomes[state] ?? 0) + 1;
  return {
    cases: cases.length,
    outcomes,
    unexpected: cases
      .filter(({ ended, state, ticket }) => ended && state !== ticket.outcome)
      .map(({ ticket, state }) => `${ticket.file}: ${state} instead of ${ticket.outcome}`),
    effects: await effectsOf(crm, run),
    medianMsByStep: mediansOf(cases),
  };
};

interface LedgerEntry {
  readonly path: string;
  readonly outcome: string;
  readonly body: string | null;
}

/** From the CRM's public ledger, as anyone outside can read it. */
const effectsOf = async (crm: string, run: string): Promise<Summary['effects']> => {
  const entries: LedgerEntry[] = [];
  for (let after = 0, more = true; more;) {
    const response = await fetch(`${crm}/ledger?after=${after}`).catch(() => undefined);
    if (!response?.ok) return [];
    const page = (await response.json()) as { entries: LedgerEntry[]; next: number; count: number };
    entries.push(...page.entries);
    after = page.next;
    more = page.next < page.count;
  }
  return entries
    .filter(({ path, outcome }) => outcome === 'effect' && path.includes(`/A-${run}`))
    .map(({ path, body }) => ({ path, change: changeIn(body) }));
};

const changeIn = (body: string | null): string => {
  const { change, ...rest } = JSON.parse(body ?? '{}') as { change?: unknown };
  return JSON.stringify(change ?? rest);
};

const mediansOf = (cases: readonly DemoCase[]): Record<string, number> => {
  const byStep = new Map<string, number[]>();
  for (const { step, awaitedMs } of cases.flatMap(({ steps }) => steps)) {
    if (awaitedMs !== undefined) byStep.set(step, [...(byStep.get(step) ?? []), awaitedMs]);
  }
  return Object.fromEntries(
    [...byStep].map(([step, times]) => [
      step,
      times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!,
    ]),
  );
};

export const writeSummary = (
  { cases, outcomes, unexpected, effects, medianMsByStep }: Summary,
  decided: boolean,
  frontDoor: string,
  write: Write,
): void => {
  write('');
  const counts = Object.entries(outcomes).map(([state, n]) => `${n} ${state}`);
  write(`${cases} cases: ${counts.join(', ')}`);
  write('');
  write(
    effects.length > 0
      ? 'What changed in the CRM, by its own ledger:'
      : 'Nothing changed in the CRM.',
  );
  table(
    ['call', 'change'],
    effects.map(({ path, change }) => [path, change]),
  )
    .slice(1)
    .forEach((line) => write(`  ${line}`));
  write('');
  write('Time from request to answer (median):');
  for (const [step, ms] of Object.entries(medianMsByStep)) {
    write(`  ${step.padEnd(10)} ${duration(ms)}`);
  }
  unexpected.forEach((line) => write(`not as expected: ${line}`));
  if (!decided) write(`\nCases that wait for you: ${frontDoor} (sign in as ana)`);
};
