import type { DueAlarm } from '@countersign/event-store';
import type { CaseInput } from '../domain/inputs.js';
import { tellCase, type CaseParts } from './inbox.js';

/** Tells a case that a deadline has come; when that calls somebody, the log says whom, as a warning. */
export const fireAlarm = async (parts: CaseParts, alarm: DueAlarm): Promise<void> => {
  const { clock, log } = parts.journal;
  const { id, caseId, correlationId, subjects, traceparent } = alarm;
  const body = {
    type: 'AlarmDue',
    data: { alarmId: id, firedAt: clock.now() },
  } as const satisfies CaseInput;
  const actor = { type: 'service', id: 'orchestrator' } as const;
  const belongs = { caseId, correlationId, subjects, traceparent };
  const handled = await tellCase(parts, { id, actor, occurredAt: clock.now(), ...belongs, body });
  if (handled.kind !== 'recorded') return;
  for (const { type, data } of handled.events) {
    if (type !== 'ExecutionOverdue' && type !== 'ResolutionOverdue') continue;
    const { proposalId, calls, since } = data;
    const line = { type, caseId, correlationId, causationId: id, proposalId, calls, since };
    log.warn('overdue, a person is called', line);
  }
};
