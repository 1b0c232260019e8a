/** This message can never be taken, however often it is tried: it goes straight to the dead letters. */
export class Unacceptable extends Error {
  override readonly name = 'Unacceptable';
  readonly permanent = true;
  /**
   * @param code why, for people who count, e.g. `unknown-type`
   * @param message names places, never values that could speak of a person
   */
  constructor(
    readonly code: string,
    message: string,
    { about, ...options }: ErrorOptions & { readonly about?: About | undefined } = {},
  ) {
    super(message, options);
    this.about = about;
  }
  /** What was found out about the message before it was refused. */
  readonly about: About | undefined;
}

/** What a message is about, where its headers do not say it. */
export interface About {
  readonly caseId?: string | undefined;
  readonly id?: string | undefined;
  readonly type?: string | undefined;
}

/** Causes nested deeper than this are not looked at; a cycle ends here too. */
const depthMax = 8;
const infrastructureNames: ReadonlySet<unknown> = new Set(['StoreUnavailable', 'BusUnavailable']);

const chainOf = (error: unknown): Record<string, unknown>[] => {
  const chain: Record<string, unknown>[] = [];
  let next = error;
  while (typeof next === 'object' && next !== null && chain.length < depthMax) {
    const link = next as Record<string, unknown>;
    chain.push(link);
    next = link['cause'];
  }
  return chain;
};

/**
 * Nothing is wrong with the message: store, broker or keys cannot be reached. By name and not by
 * class, since an error may come from another copy of a package or another thread.
 */
export const isInfrastructure = (error: unknown): boolean =>
  chainOf(error).some(
    ({ name, infrastructure }) => infrastructure === true || infrastructureNames.has(name),
  );

/** Trying again cannot help. */
export const isPermanent = (error: unknown): boolean =>
  chainOf(error).some(({ permanent }) => permanent === true);

/** What failed, in words that may be stored. */
export interface Cause {
  /** Of an `Unacceptable`; `handler-failed` for everything else. */
  readonly code: string;
  readonly text: string;
}

/** What an `Unacceptable` says that the message is about. */
export const aboutOf = (error: unknown): About | undefined =>
  chainOf(error).find(({ about }) => about !== undefined)?.['about'] as About | undefined;

const textMax = 300;
/** Messages of foreign errors quote what they stumbled over, and that may be a person's words. */
const quoted = /"[^"]*"?|'[^']*'?|`[^`]*`?/g;

/** One line: the error and what lies below it, without quoted content unless the error is ours. */
export const causeOf = (error: unknown): Cause => {
  const chain = chainOf(error);
  const own = chain.find((link) => typeof link['code'] === 'string' && link['permanent'] === true);
  const text = chain.length === 0 ? `threw a ${typeof error}` : chain.map(textOf).join(' ← ');
  return {
    code: own ? String(own['code']) : 'handler-failed',
    text: text.length > textMax ? `${text.slice(0, textMax)}…` : text,
  };
};

const textOf = (link: Record<string, unknown>): string => {
  const name = typeof link['name'] === 'string' ? link['name'] : 'unnamed';
  const message = typeof link['message'] === 'string' ? link['message'] : '';
  const line = message.split('\n', 1)[0]!;
  return `${name}: ${link['permanent'] === true ? line : line.replace(quoted, '…')}`;
};
