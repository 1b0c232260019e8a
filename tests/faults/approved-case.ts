import type { Kept } from './what-is-kept.js';

const upstream = 'upstream:https://demo.example/tickets';
const classifier = 'agent:classifier@1';
const drafter = 'agent:ticket-drafter@1';

/** A refund that ana approves, when nothing goes wrong: type, step, visit, outcome, actor. */
export const approvedCase: Kept = {
  intake: [[`IntakeAccepted ${upstream}`, 'OutcomeRecorded closed service:executor']],
  case: [
    [
      `CaseOpened classify 0 ${upstream}`,
      `AgentStepAsked classify 1 ${upstream}`,
      `AgentStepRecorded classify 1 ${classifier}`,
      `CaseRouted route 1 ${classifier}`,
      `AgentStepAsked draft 1 ${classifier}`,
      `ProposalRecorded draft 1 ${drafter}`,
      `ApprovalAsked approve 1 ${drafter}`,
      'ApprovalRecorded approve 1 human:ana',
      'ExecutionAsked write 1 human:ana',
      'ExecutionRecorded write 1 service:executor',
      'CaseEnded closed 1 closed service:executor',
    ],
  ],
  approvals: [
    [
      `ApprovalRequested approve 1 ${drafter}`,
      'ApprovalDecided human:ana',
      'ApprovalReleased human:ana',
    ],
  ],
  runs: [
    [
      `AgentRunAccepted classify 1 ${classifier}`,
      `AgentRunClaimed ${classifier}`,
      `ModelCallStarted ${classifier}`,
      `AgentStepDone ${classifier}`,
    ],
    [
      `AgentRunAccepted draft 1 ${drafter}`,
      `AgentRunClaimed ${drafter}`,
      `ModelCallStarted ${drafter}`,
      `ToolCallStarted ${drafter}`,
      `ModelCallStarted ${drafter}`,
      `ProposalSubmitted ${drafter}`,
    ],
  ],
  executions: [
    [
      'ExecutionAccepted write 1 service:executor',
      'ExecutionClaimed service:executor',
      'ExecutionSucceeded service:executor',
    ],
  ],
};
