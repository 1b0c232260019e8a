import { call, type Said } from './chat.js';

const howToDoBetter =
  'This is the scripted model: fixed rules, no language model. To plug in a real one, see "Plug in a model" in the README.';

/** Gives the step to a person. */
export const abstain = (
  reason: 'unknown-request' | 'missing-information' | 'not-found' | 'suspicious-content',
  explanation: string,
): Said => call('abstain', { reason, explanation: `${explanation} ${howToDoBetter}` });
