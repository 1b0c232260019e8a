import type { Stage, StagesStream } from '@countersign/contracts';
import { ignore, record, type Decider, type Fact, type Recorded } from '@countersign/decider';
import { canonical } from '@countersign/trust';

// ── Inputs and events: who let a tool go how far; `controls-stages`, a public contract ──────

/** That a named person lets a tool go so far, for a reason. */
export type SignOff = StagesStream['StageSignedOff'];
export interface SignOffGiven {
  readonly type: 'SignOffGiven';
  readonly signOff: SignOff;
}
export type StagesFact = Fact<'StageSignedOff', SignOff>;

// ── State ───────────────────────────────────────────────────────────────────────────────────

export interface StagesState {
  /** Every sign-off ever recorded. */
  readonly given: readonly SignOff[];
  readonly stages: Readonly<Record<string, Stage>>;
}

/** What is not signed off may only be read. */
const unsignedStage: Stage = 'read-only';

/** How far a tool may go: its last sign-off counts (C15). */
export const stageOf = ({ stages }: StagesState, tool: ToolName): Stage =>
  stages[keyOf(tool)] ?? unsignedStage;

interface ToolName {
  readonly name: string;
  readonly version: number;
}
const keyOf = ({ name, version }: ToolName): string => `${name}@${version}`;

// ── Decide ──────────────────────────────────────────────────────────────────────────────────

/**
 * A sign-off counts once: read again at the next start it must not undo what people have decided
 * since. To go back to it they give a new one, with a new reason.
 */
export const stages: Decider<SignOffGiven, StagesFact, StagesState> = {
  initial: { given: [], stages: {} },
  decide: ({ body: { signOff } }, state) =>
    state.given.some((given) => canonical(given) === canonical(signOff))
      ? ignore('signed off before')
      : record({ type: 'StageSignedOff', data: signOff }),
  evolve: (state, { data }: Recorded<StagesFact>) => {
    const { tool: name, version, stage } = data;
    return {
      given: [...state.given, data],
      stages: { ...state.stages, [keyOf({ name, version })]: stage },
    };
  },
};
