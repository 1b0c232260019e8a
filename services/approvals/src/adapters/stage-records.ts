import { streams, type Reference, type Stage } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import { foldHistory, handle, readHistory, type Journal } from '@countersign/event-store';
import { canonical } from '@countersign/trust';
import {
  stageOf,
  stages,
  type SignOff,
  type SignOffGiven,
  type StagesFact,
  type StagesState,
} from '../domain/stages.js';

/** `controls-stages` belongs to no case; its events name this one. */
const controlsId = '5b0c2f0a-7d55-5f0e-9a0e-7c1f2b6d9e41';

/** How far the tool may go now. A stream that cannot be read throws: nothing is approved then. */
export const currentStage = async (
  journal: Journal,
  tool: Pick<Reference, 'name' | 'version'>,
): Promise<Stage> => {
  const { events } = await readHistory<StagesFact>(journal, streams.stages);
  const state = foldHistory<StagesFact, StagesState>(journal, streams.stages, stages, events);
  return stageOf(state, tool);
};

/** Records what this deployment's people signed off, each once, whichever replica is first. */
export const recordSignOffs = async (
  journal: Journal,
  signOffs: readonly SignOff[],
): Promise<void> => {
  for (const signOff of signOffs) {
    await handle<SignOffGiven, StagesFact, StagesState>(
      journal,
      streams.stages,
      {},
      {
        id: effectIdOf(controlsId, canonical(signOff)),
        actor: { type: 'service', id: 'approvals' },
        occurredAt: journal.clock.now(),
        correlationId: controlsId,
        caseId: controlsId,
        subjects: [],
        body: { type: 'SignOffGiven', signOff },
      },
      stages,
    );
  }
};
