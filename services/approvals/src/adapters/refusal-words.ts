import type { ApprovalRefusal, Ending } from '../domain/approval-facts.js';
import type { AssistanceAnswer, AssistanceRefusal } from '../domain/assistance-facts.js';
import type { Person } from '../domain/people.js';

export type Refusal = ApprovalRefusal | AssistanceRefusal;

/** Why something was not done, in one sentence for the person who tried. */
export const refusalWords = (refusal: Refusal): string => {
  switch (refusal.code) {
    case 'unknown-proposal':
      return 'Nobody was asked about such a proposal.';
    case 'unknown-request':
      return 'Nobody was asked for such a proposal.';
    case 'wrong-role':
      return `This needs one of the roles ${refusal.need.join(', ')}.`;
    case 'own-request':
      return 'You made the request yourself; somebody else decides.';
    case 'own-proposal':
      return 'You wrote the proposal yourself; somebody else decides.';
    case 'own-decision':
      return 'You approved it yourself; somebody else finds out what became of it.';
    case 'stale-digest':
      return 'What you saw is not what stands now. Look at it again, then decide.';
    case 'already-ended':
      return endingWords(refusal.ending);
    case 'already-answered':
      return answerWords(refusal.answer);
    case 'already-resolved': {
      const { by, outcome, at } = refusal.resolution;
      return `${whoWords(by)} found it ${outcome === 'done' ? 'done' : 'not done'} ${atWords(at)}.`;
    }
    case 'expired-pending':
      return `Its time was over ${atWords(refusal.expiresAt)}; it is about to be recorded as expired.`;
    case 'stage-forbids':
      return `${refusal.tool} is at stage ${refusal.stage}: nobody has signed off that it may write.`;
    case 'content-erased':
      return 'Its content was erased; what cannot be seen cannot be decided.';
    case 'reason-missing':
      return 'Say why: choose a reason.';
    case 'not-uncertain':
      return 'Nothing about it is uncertain.';
    case 'tool-not-offered':
      return `Choose one of the tools offered: ${refusal.tools.map(({ name, version }) => `${name}@${version}`).join(', ')}.`;
  }
};

const verbs: Readonly<Record<Ending['kind'] | AssistanceAnswer['kind'], string>> = {
  released: 'approved it',
  rejected: 'rejected it',
  'changes-requested': 'requested changes',
  expired: 'expired',
  proposed: 'wrote a proposal',
  declined: 'declined',
};

/** How a proposal ended: who, what, when. */
export const endingWords = ({ kind, by, at }: Ending): string =>
  by ? `${whoWords(by)} ${verbs[kind]} ${atWords(at)}.` : `It ${verbs[kind]} ${atWords(at)}.`;

/** How a request for assistance was answered: who, what, when. */
export const answerWords = ({ kind, by, at }: AssistanceAnswer): string =>
  by ? `${whoWords(by)} ${verbs[kind]} ${atWords(at)}.` : `It ${verbs[kind]} ${atWords(at)}.`;

/** To the second; who needs more finds it beside the words. */
const atWords = (at: string): string => `at ${at.slice(0, 19).replace('T', ' ')} UTC`;

export const whoWords = ({ sub, role }: Person): string => `${sub} (${role})`;
