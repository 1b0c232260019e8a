import type { ApprovalShown, Decided } from '../adapters/show-approval.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A length of time in its two largest units: `1 d 23 h`, `12 min`, `340 ms`. */
export const lengthWords = (ms: number): string => {
  if (ms < secondMs) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < dayMs) return twoUnits(ms, hourMs, 'h', minuteMs, 'min');
  return twoUnits(ms, dayMs, 'd', hourMs, 'h');
};

const twoUnits = (ms: number, large: number, name: string, small: number, rest: string): string => {
  const left = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${name}${left > 0 ? ` ${left} ${rest}` : ''}`;
};

/** How an instant lies to now: `in 3 h 12 min`, `12 min ago`, `now`. */
export const relativeWords = (instant: string, now: string): string => {
  const ms = Date.parse(instant) - Date.parse(now);
  if (Math.abs(ms) < secondMs) return 'now';
  return ms > 0 ? `in ${lengthWords(ms)}` : `${lengthWords(-ms)} ago`;
};

/** `2026-01-07 09:00 UTC`. */
export const utcWords = (instant: string): string =>
  `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
/** `2026-01-07 09:00:12.345`. */
export const utcExactly = (instant: string): string => instant.replace('T', ' ').replace('Z', '');

/** How a deadline stands; said in words too, never by colour alone. */
export const urgencyOf = (deadline: string, now: string): 'over' | 'soon' | 'calm' => {
  const ms = Date.parse(deadline) - Date.parse(now);
  if (ms <= 0) return 'over';
  return ms < 2 * hourMs ? 'soon' : 'calm';
};

/** Enough of an id or a digest for people to compare. */
export const short = (id: string, length = 8): string => id.slice(0, length);

const flagTexts: Readonly<Record<string, string>> = {
  'source-contains-instructions': 'The source text tries to give instructions',
  'hidden-characters': 'Some text holds characters that nobody sees',
  'target-mismatch': 'It changes something that the request does not name',
  'link-in-text': 'The text brings in a link',
  'asked-for-other-tools': 'The model asked for tools that it was not given',
  'no-source-read': 'Nothing was read to support it',
  'made-after-feedback': 'It was made again after somebody asked for changes',
};

/** A flag in words; one that is not known here by its own name. */
export const flagWords = (flag: string): string => flagTexts[flag] ?? flag.replaceAll('-', ' ');

/** A phrase as the beginning of a sentence. */
export const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** `wrong-amount` as people say it. */
export const spoken = (code: string): string => sentence(code.replaceAll(/[-_.]/g, ' '));

/** `orderNumber`, `order_number` as a label. */
export const labelWords = (name: string): string =>
  spoken(
    name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`),
  );

const endingTexts: Readonly<Record<Decided['kind'], string>> = {
  released: 'Approved',
  rejected: 'Rejected',
  'changes-requested': 'Changes requested',
  expired: 'Expired',
};

/** How it stands, in one or two words. */
export const standingWords = ({
  state,
  ending,
}: Pick<ApprovalShown, 'state' | 'ending'>): string =>
  state === 'uncertain' ? 'Uncertain' : ending ? endingTexts[ending.kind] : 'Open';

/** An ending of a list, where only its name is known. */
export const endedWords = (ending: string | null): string =>
  endingTexts[ending as Decided['kind']] ?? spoken(ending ?? 'ended');

const actorTexts: Readonly<Record<string, string>> = {
  human: 'Person',
  agent: 'Model',
  service: 'Service',
  upstream: 'Upstream',
  rule: 'Rule',
};
export const actorWords = (type: string): string => actorTexts[type] ?? type;
