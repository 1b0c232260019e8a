import { services } from '@countersign/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asking } from './cases.js';
import { CommandFailed, exitCodes, frontDoorAs, type FrontDoor } from './front-door.js';
import { plain, relative, table } from './print.js';

export interface Narrowing {
  readonly service?: string | undefined;
  readonly cause?: string | undefined;
}

interface Cause {
  readonly code: string;
  readonly text: string;
}
interface Item {
  readonly service: string;
  readonly id: string;
  readonly kind: 'fenced' | 'refused';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly messageId: string;
  readonly messageType: string;
  readonly since: string;
  readonly cause: Cause;
}
interface Listed extends Item {
  readonly letters: number;
}
interface Letter {
  readonly id: string;
  readonly messageId: string;
  readonly messageType: string;
  readonly cause: Cause;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: { bytes: number; sha256: string; whole: boolean; text: string };
}
interface Shown extends Item {
  readonly letters: readonly Letter[];
}
interface Replayed {
  readonly service: string;
  readonly id: string;
  readonly became: 'would-be-taken' | 'asked' | 'taken' | 'given-up' | 'refused';
  readonly taken: readonly string[];
  readonly skipped: readonly string[];
  readonly cause?: Cause;
}

const pathOf = (service: string, ...rest: readonly string[]): string =>
  ['/v1/dead-letters', service, ...rest.map(encodeURIComponent)].join('/');
const asked = (service: string | undefined): readonly string[] =>
  service === undefined ? services : [service];

const listOf = async (door: FrontDoor, { service, cause }: Narrowing) => {
  const query = cause === undefined ? '' : `?${new URLSearchParams({ cause })}`;
  const items: Listed[] = [];
  const causes: Record<string, number> = {};
  let total = 0;
  for (const one of asked(service)) {
    const { body } = await door.get(`${pathOf(one)}${query}`);
    const listed = body as { items: Listed[]; total: number; causes: Record<string, number> };
    items.push(...listed.items.map((item) => ({ ...item, service: one })));
    total += listed.total;
    for (const [code, count] of Object.entries(listed.causes)) {
      causes[code] = (causes[code] ?? 0) + count;
    }
  }
  return { items, total, causes };
};

/** `dead-letters list`: fenced keys and refused records, by service, with their causes counted. */
export const listDeadLetters = async (asking: Asking, narrowing: Narrowing): Promise<void> => {
  const { addresses, as, json, write, now } = asking;
  const listed = await listOf(await frontDoorAs(addresses, as), narrowing);
  if (json) return write(JSON.stringify(listed));
  const { items, total, causes } = listed;
  const rows = items.map((item) => [
    item.service,
    item.id,
    item.kind === 'fenced' ? `fenced, ${item.letters} waiting` : 'refused',
    item.key,
    relative(item.since, now()),
    `${item.cause.code}: ${item.cause.text}`,
  ]);
  table(['service', 'id', 'what', 'key', 'since', 'cause'], rows).forEach(write);
  const counted = Object.entries(causes).map(([code, count]) => `${count} ${code}`);
  write(`${items.length} of ${total}${counted.length > 0 ? `: ${counted.join(', ')}` : ''}`);
};

/** What the asked services have under a name; an unknown one is no news as long as one knows it. */
const eachThatKnows = async <Found>(
  service: string | undefined,
  name: string,
  ask: (service: string) => Promise<readonly Found[]>,
): Promise<readonly (Found & { service: string })[]> => {
  const found: (Found & { service: string })[] = [];
  for (const one of asked(service)) {
    const items = await ask(one).catch((error: unknown) => {
      if (error instanceof CommandFailed && error.exitCode === exitCodes.notFound) return [];
      throw error;
    });
    found.push(...items.map((item) => ({ ...item, service: one })));
  }
  if (found.length > 0) return found;
  const where = service ?? 'any service';
  throw new CommandFailed(
    `nothing of ${where} stands among the dead letters as ${plain(name)}`,
    exitCodes.notFound,
  );
};

const shownAs = (door: FrontDoor, service: string | undefined, name: string) =>
  eachThatKnows(service, name, async (one) => {
    const { body } = await door.get(pathOf(one, name));
    return (body as { items: Shown[] }).items;
  });

/** `dead-letters show`: all that is kept of one key or record; nothing in it reaches the terminal raw. */
export const showDeadLetters = async (
  { addresses, as, json, write }: Asking,
  name: string,
  { service }: Narrowing,
): Promise<void> => {
  const items = await shownAs(await frontDoorAs(addresses, as), service, name);
  if (json) return write(JSON.stringify({ items }));
  for (const item of items) {
    const what = item.kind === 'fenced' ? 'stands still' : 'holds nobody up';
    write(plain(`${item.service} ${item.id}: key ${item.key} of ${item.topic} ${what}`));
    for (const letter of item.letters) writeLetter(write, letter);
  }
};

const writeLetter = (write: Asking['write'], letter: Letter): void => {
  const { value, cause } = letter;
  write('');
  const rows = [
    ['record', letter.id],
    ['message', [letter.messageType, letter.messageId].filter(Boolean).join(' ') || '–'],
    ['cause', `${cause.code}: ${cause.text}`],
    ['failed', `${letter.firstFailedAt} to ${letter.lastFailedAt}`],
    ['value', `${value.bytes} bytes, SHA-256 ${value.sha256}`],
    ...Object.entries(letter.headers).map(([name, text]) => [`  ${name}`, text]),
  ];
  table(['', ''], rows).slice(1).forEach(write);
  for (const line of value.text.split('\n')) write(`  | ${plain(line)}`);
  if (!value.whole) write('  | … (its beginning)');
};

export interface Replaying extends Narrowing {
  readonly skip?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
}

/** `dead-letters replay`: one key or record, or everything of one cause. */
export const replayDeadLetters = async (
  asking: Asking,
  name: string | undefined,
  { service, cause, skip = [], dryRun = false }: Replaying,
): Promise<void> => {
  if ((name === undefined) === (cause === undefined)) {
    throw new CommandFailed('say either what to replay or its --cause', exitCodes.usage);
  }
  if (name === undefined && skip.length > 0) {
    throw new CommandFailed(
      'say what to replay without them: --skip is for one key',
      exitCodes.usage,
    );
  }
  const door = await frontDoorAs(asking.addresses, asking.as);
  const { replayed, left } =
    name === undefined
      ? await replayCause(door, { service, cause, dryRun })
      : await replayNamed(door, name, { service, skip, dryRun });
  if (asking.json) return asking.write(JSON.stringify({ dryRun, replayed, left }));
  for (const one of replayed) await tellReplayed(asking, door, one);
  if (replayed.length === 0) asking.write('nothing to replay');
  if (left > 0) asking.write(`${left} more, which it did not come to: ask again`);
};

interface AllReplayed {
  readonly replayed: readonly Replayed[];
  /** Not come to: there was no time, or there are more than are listed. */
  readonly left: number;
}

const replayNamed = async (
  door: FrontDoor,
  name: string,
  { service, skip, dryRun }: Replaying,
): Promise<AllReplayed> => {
  const replayed = await eachThatKnows(service, name, async (one) => {
    const { body } = await door.send('POST', pathOf(one, name, 'replay'), { dryRun, skip });
    return (body as AllReplayed).replayed;
  });
  return { replayed, left: 0 };
};

const replayCause = async (
  door: FrontDoor,
  { service, cause, dryRun }: Replaying,
): Promise<AllReplayed> => {
  const replayed: Replayed[] = [];
  let left = 0;
  for (const one of asked(service)) {
    const { body } = await door.send('POST', pathOf(one, 'replay'), { cause, dryRun });
    const answer = body as AllReplayed;
    replayed.push(...answer.replayed.map((item) => ({ ...item, service: one })));
    left += answer.left;
  }
  return { replayed, left };
};

const tellReplayed = async ({ write }: Asking, door: FrontDoor, one: Replayed): Promise<void> => {
  const { service, id, became, taken, skipped, cause } = one;
  const given = skipped.length > 0 ? `, ${skipped.length} given up` : '';
  const records = `${taken.length} ${taken.length === 1 ? 'record' : 'records'}${given}`;
  const said: Readonly<Record<Replayed['became'], string>> = {
    'would-be-taken': `would take ${records}`,
    asked: `asked to take ${records}, in order`,
    taken: 'taken',
    'given-up': 'given up',
    refused: `refused once more: ${cause?.code}: ${cause?.text}`,
  };
  write(plain(`${service} ${id}: ${said[became]}`));
  if (became === 'would-be-taken') taken.forEach((place) => write(`  ${plain(place)}`));
  if (became === 'asked') write(plain(`  ${await endOfReplay(door, service, id)}`));
};

/** A lane comes to the request within moments, unless its partition waits for store or bus. */
const looksMax = 20;
const lookEveryMs = 250;

const endOfReplay = async (door: FrontDoor, service: string, id: string): Promise<string> => {
  let cause: Cause | undefined;
  for (let looks = 0; looks < looksMax; looks += 1) {
    const items = await shownAs(door, service, id).catch((error: unknown) => {
      if (error instanceof CommandFailed && error.exitCode === exitCodes.notFound) return [];
      throw error;
    });
    if (items.length === 0) return 'done, the key moves again';
    cause = items[0]!.cause;
    await sleep(lookEveryMs);
  }
  return `still fenced: ${cause?.code}: ${cause?.text}`;
};
