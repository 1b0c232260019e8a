import type { Said } from './chat.js';
import { lookUp } from './shop.js';

/** Ways in which a model or its endpoint can fail, for tests of those who call it. */
export const modes = [
  /** Broken off in the middle, `finish_reason: length`. */
  'cut',
  /** Withheld, `finish_reason: content_filter`. */
  'filtered',
  /** No JSON where JSON is due. */
  'garbage',
  /** A function that was not offered. */
  'unknown-tool',
  /** A field more than the schema has. */
  'extra-field',
  /** Ten thousand calls at once. */
  'many-calls',
  /** Always asks for one more look-up. */
  'loop',
  /** Five megabytes. */
  'oversized',
  /** No choice at all. */
  'empty',
  /** No answer until the caller goes away. */
  'hang',
  /** HTTP 429 with `Retry-After`. */
  '429',
  /** HTTP 500. */
  '500',
] as const;
export type Mode = (typeof modes)[number];

/** Modes that concern the connection and not what is said. */
export const isTransportMode = (mode: Mode): mode is 'hang' | '429' | '500' =>
  mode === 'hang' || mode === '429' || mode === '500';

const half = (text: string) => text.slice(0, Math.ceil(text.length / 2));
const oversizedLength = 5 * 1024 * 1024;

/** What is said, spoilt. */
export const misbehave = (mode: Mode, said: Said): Said => {
  const { content, calls } = said;
  switch (mode) {
    case 'cut':
      return {
        content: content === null ? null : half(content),
        calls: calls.map(({ name, arguments: args }) => ({ name, arguments: half(args) })),
        finish: 'length',
      };
    case 'filtered':
      return { content: null, calls: [], finish: 'content_filter' };
    case 'garbage':
      return {
        content: content && `}{ ${half(content)} \u0000\ud83d`,
        calls: calls.map(({ name, arguments: args }) => ({ name, arguments: `${half(args)},,}` })),
      };
    case 'unknown-tool':
      return { content: null, calls: [{ name: 'crm_delete-customer', arguments: '{}' }] };
    case 'extra-field':
      return calls.length > 0
        ? { content, calls: calls.map((made) => ({ ...made, arguments: widened(made.arguments) })) }
        : { content: content && widened(content), calls };
    case 'many-calls':
      return { content: null, calls: Array.from({ length: 10_000 }, (_, n) => lookUpOf(n)) };
    case 'loop':
      return { content: null, calls: [lookUpOf(0)] };
    case 'oversized':
      return { content: 'x'.repeat(oversizedLength), calls };
    default:
      return said;
  }
};

const widened = (text: string) => text.replace(/\}$/, ',"approved":true}');
const lookUpOf = (n: number) => ({
  name: lookUp,
  arguments: JSON.stringify({ order: `A-${1_000 + (n % 9_000)}` }),
});
