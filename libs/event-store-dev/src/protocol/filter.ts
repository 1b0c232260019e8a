import type { Persistent, Streams } from '../generated.js';
import type { RecordedEvent } from '../log/recorded.js';
import { invalidArgument } from './errors.js';

/** Which events of $all a reader wants, and how often it hears how far the search has come. */
export interface Filter {
  readonly matches: (event: RecordedEvent) => boolean;
  /** Events looked at between two checkpoints. */
  readonly checkpointEvery: number;
}

/** The real server's page, when a client does not say. */
const windowDefault = 32;

/** @throws INVALID_ARGUMENT */
export const filterFrom = (
  filter:
    | Streams.ReadReq.Options.FilterOptions
    | Persistent.CreateReq.AllOptions.FilterOptions
    | undefined,
): Filter | undefined => {
  if (!filter) return undefined;
  const multiplier = filter.getCheckpointintervalmultiplier() || 1;
  const window = filter.hasMax() ? filter.getMax() : windowDefault;
  if (window < 1) throw invalidArgument('the search window must be above zero');
  const checkpointEvery = multiplier * window;
  const ofStream = filter.getStreamIdentifier();
  if (ofStream) {
    const wanted = expressionFrom(ofStream);
    return { matches: ({ stream }) => wanted(stream), checkpointEvery };
  }
  const ofType = filter.getEventType();
  if (!ofType) throw invalidArgument('a filter must say what it filters by');
  const wanted = expressionFrom(ofType);
  return { matches: ({ type }) => wanted(type), checkpointEvery };
};

interface Expression {
  getRegex(): string;
  getPrefixList(): string[];
}

const expressionFrom = (expression: Expression): ((text: string) => boolean) => {
  const regex = expression.getRegex();
  if (regex !== '') {
    const wanted = regexFrom(regex);
    return (text) => wanted.test(text);
  }
  const prefixes = expression.getPrefixList();
  if (prefixes.length === 0) throw invalidArgument('a filter needs prefixes or a regex');
  return (text) => prefixes.some((prefix) => text.startsWith(prefix));
};

const regexFrom = (text: string): RegExp => {
  try {
    return new RegExp(text, 'u');
  } catch {
    try {
      return new RegExp(text);
    } catch (error) {
      throw invalidArgument(String((error as Error).message));
    }
  }
};
