import type { FrontDoor } from './front-door.js';
import type { DemoTicket } from './demo-tickets.js';

export interface DemoCase {
  readonly ticket: DemoTicket;
  readonly caseId: string;
  /** Timeline entries that were shown. */
  shown: number;
  state: string;
  ended: boolean;
  readonly steps: StepShown[];
}
export interface StepShown {
  readonly recordedAt: string;
  readonly type: string;
  readonly what: string;
  readonly why?: string;
  readonly step: string;
  readonly visit: number;
  readonly to: string;
  readonly tookMs: number;
  readonly awaitedMs?: number;
  readonly actor: { readonly type: string; readonly id: string };
}

/** Asks for what is new in each case, and shows it. */
export const showNews = async (
  door: FrontDoor,
  cases: readonly DemoCase[],
  show: (one: DemoCase, step: StepShown) => void,
): Promise<void> => {
  for (const one of cases.filter(({ ended }) => !ended)) {
    const entries = await timelineOf(door, one.caseId);
    for (const step of entries.slice(one.shown)) {
      one.steps.push(step);
      one.state = step.to;
      one.ended = step.type === 'CaseEnded';
      show(one, step);
    }
    one.shown = Math.max(one.shown, entries.length);
  }
};

/** An accepted case is not opened yet for a moment. */
const timelineOf = async (door: FrontDoor, caseId: string): Promise<readonly StepShown[]> => {
  try {
    const { body } = await door.get(`/v1/cases/${caseId}/timeline`);
    return (body as { entries: StepShown[] }).entries;
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode === 3) return [];
    throw error;
  }
};

/** Cases that move only when a person acts. */
export const waitsForPeople = ({ state }: DemoCase): boolean =>
  ['awaiting-approval', 'assisted', 'uncertain'].includes(state);
