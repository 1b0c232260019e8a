import * as agent from './agent.js';
import * as approvals from './approvals.js';
import * as executor from './executor.js';
import * as intake from './intake.js';
import * as orchestrator from './orchestrator.js';
import type { MessageType } from './message.js';

const isMessageType = (value: unknown): value is MessageType =>
  typeof value === 'object' && value !== null && 'personal' in value;

/** Every message there is, by type name. A type that is not here cannot be published or taken. */
export const messageTypes: ReadonlyMap<string, MessageType> = new Map(
  [agent, approvals, executor, intake, orchestrator]
    .flatMap((speaker) => Object.values(speaker) as unknown[])
    .filter(isMessageType)
    .map((type) => [type.type, type]),
);
