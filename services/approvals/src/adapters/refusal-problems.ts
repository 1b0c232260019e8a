import { etagOf, Problem, type ProblemOptions } from '@countersign/http';
import { refusalWords, type Refusal } from './refusal-words.js';

type Kind = readonly [status: number, title: string];

const kinds: Readonly<Record<Refusal['code'], Kind>> = {
  'unknown-proposal': [404, 'There is no such proposal'],
  'unknown-request': [404, 'There is no such request'],
  'wrong-role': [403, 'Your role may not do this'],
  'own-request': [403, 'Your own request'],
  'own-proposal': [403, 'Your own proposal'],
  'own-decision': [403, 'Your own decision'],
  'stale-digest': [412, 'What you saw has changed'],
  'already-ended': [409, 'It was decided before'],
  'already-answered': [409, 'It was answered before'],
  'already-resolved': [409, 'It was resolved before'],
  'expired-pending': [409, 'Its time is over'],
  'stage-forbids': [409, 'The stage of the tool forbids it'],
  'content-erased': [409, 'Its content was erased'],
  'reason-missing': [422, 'A reason is missing'],
  'not-uncertain': [409, 'Nothing is uncertain'],
  'tool-not-offered': [422, 'This tool was not offered'],
};

/** A refusal as an answer by RFC 9457; who lost a race learns who won it. */
export const problemOf = (refusal: Refusal): Problem => {
  const [status, title] = kinds[refusal.code];
  return new Problem(status, refusal.code, title, {
    detail: refusalWords(refusal),
    ...more(refusal),
  });
};

const more = (refusal: Refusal): ProblemOptions => {
  switch (refusal.code) {
    case 'wrong-role':
      return { members: { need: refusal.need } };
    case 'stale-digest':
      return { members: { digest: refusal.digest }, headers: { etag: etagOf(refusal.digest) } };
    case 'already-ended':
      return { members: { ending: refusal.ending } };
    case 'already-answered': {
      const { said: _, ...answer } = refusal.answer;
      return { members: { answer } };
    }
    case 'already-resolved':
      return { members: { resolution: refusal.resolution } };
    case 'expired-pending':
      return { members: { expiresAt: refusal.expiresAt } };
    case 'stage-forbids':
      return { members: { tool: refusal.tool, stage: refusal.stage } };
    case 'reason-missing':
      return { errors: [{ pointer: '/reasonCode', message: 'choose why' }] };
    case 'tool-not-offered':
      return { errors: [{ pointer: '/tool', message: 'was not offered' }] };
    default:
      return {};
  }
};
