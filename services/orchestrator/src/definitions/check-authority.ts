import type { ConfigFile } from '@countersign/configuration';
import { waysOut } from './ways.js';
import type { StepDocument, WorkflowDocument } from './workflow-document.js';

/** What a case holds on its way. */
type Holds = 'nothing' | 'a proposal' | 'a released proposal';

/**
 * I1, before anything runs: no way leads into an execute step but by the release of the proposal at
 * hand, and none into an approval with nothing to approve. Follows every way with what is held on
 * it; a step that was entered too often gives way to an assist step, so those ways count too.
 */
export const checkAuthority = ({
  value: { start, steps },
  problemAt,
}: ConfigFile<WorkflowDocument>): readonly string[] => {
  const assists = Object.keys(steps).filter((name) => steps[name]!.kind === 'assist');
  const problems = new Map<string, string>();
  const met = new Map<string, { name: string; holds: Holds; way: string }>();
  const meet = (name: string, holds: Holds, way: string) => {
    const key = `${name} ${holds}`;
    if (!met.has(key)) met.set(key, { name, holds, way });
  };
  meet(start, 'nothing', start);
  for (const { name, holds, way } of met.values()) {
    const step = steps[name]!;
    const lack = lackOf(step, holds);
    if (lack && !problems.has(name)) {
      problems.set(name, problemAt(['steps', name], `${lack}, by way of ${way}`));
    }
    for (const { outcome, to } of waysOut(step)) {
      meet(to, holdsAfter(step, outcome, holds), `${way} (${outcome}) ${to}`);
    }
    if (step.kind === 'end') continue;
    for (const assist of assists) meet(assist, holds, `${way} (visits exhausted) ${assist}`);
  }
  return [...problems.values()];
};

const lackOf = ({ kind }: StepDocument, holds: Holds): string | undefined => {
  if (kind === 'approval' && holds === 'nothing') {
    return 'can be reached with nothing to approve';
  }
  if (kind === 'execute' && holds !== 'a released proposal') {
    return 'can be reached with a proposal that no approval has released';
  }
  return undefined;
};

/** As `remember` in the domain has it: the rule checked here and the rule that runs are one. */
const holdsAfter = ({ kind }: StepDocument, outcome: string, holds: Holds): Holds => {
  switch (kind) {
    case 'agent':
      return outcome === 'proposed' ? 'a proposal' : holds;
    case 'assist':
      return outcome === 'proposed' ? 'a proposal' : 'nothing';
    case 'approval':
      return outcome === 'released' ? 'a released proposal' : 'nothing';
    case 'execute':
      return 'nothing';
    default:
      return holds;
  }
};
