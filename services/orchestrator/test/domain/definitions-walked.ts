import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDefinitions } from '../../src/definitions/read-definitions.js';
import type { ResolvedDefinition } from '../../src/domain/definition.js';
import { inFolderWith, shipped, workflowsOfTests } from '../definitions/folders.js';
import type { Vocabulary } from './alphabet.js';

/** Every shipped workflow, from the files that a deployment loads. */
export const shippedDefinitions = readDefinitions(shipped).definitions;

export const supportTicket: ResolvedDefinition = shippedDefinitions.find(
  ({ reference }) => reference.name === 'support-ticket',
)!;

/** A workflow that no deployment knows: written in YAML, and nothing else. */
export const twoApprovals: ResolvedDefinition = inFolderWith(
  {
    'workflows/two-approvals.yaml': readFileSync(
      join(workflowsOfTests, 'two-approvals.yaml'),
      'utf8',
    ),
  },
  (folder) => readDefinitions(folder).definitions,
).find(({ reference }) => reference.name === 'two-approvals')!;

export const vocabularyOf = ({ accepts }: ResolvedDefinition): Vocabulary => ({
  eventType: accepts[0]!,
  results: [{ category: 'spam' }, { category: 'refund' }],
});
