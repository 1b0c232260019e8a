import type { Kept } from './what-is-kept.js';

const upstream = 'upstream:https://demo.example/tickets';
const classifier = 'agent:classifier@1';
const drafter = 'agent:ticket-drafter@1';
const workflow = 'rule:support-ticket@1';

/** A refund that ana approves, when nothing goes wrong: type, step, visit, outcome, actor. */
export const approvedCase: Kept = {
  intake: [[`IntakeAccepted ${upstream}`, `OutcomeRecorded closed ${workflow}`]],
  case: [
    [
      `CaseOpened classify 0 ${upstream}`,
      `AgentStepAsked classify 1 ${workflow}`,
      `AgentStepRecorded classify 1 ${classifier}`,
      `CaseRouted route 1 ${workflow}`,
      `AgentStepAsked draft 1 ${workflow}`,
      `ProposalRecorded draft 1 ${drafter}`,
      `ApprovalAsked approve 1 ${workflow}`,
      'ApprovalRecorded approve 1 human:ana',
      `ExecutionAsked write 1 ${workflow}`,
      'ExecutionRecorded write 1 service:executor',
      `CaseEnded closed 1 closed ${workflow}`,
    ],
  ],
  approvals: [
    [
      `ApprovalRequested approve 1 ${workflow}`,
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
