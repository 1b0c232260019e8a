import { hash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { messageTypes, upstreamNameOf } from '@countersign/contracts';
import { visibleText } from '@countersign/http';
import { placeNameOf, type DeadLetter } from '@countersign/messaging';

// Who looks at dead letters may see what is wrong with them, not what stands in them about people.
// Messages of ours are sealed where they speak of people; what upstream sends is not, so of that only
// the attributes are shown that its contract keeps free of names.

/** More of one key are looked at where they lie. */
const lettersMax = 100;
const textMaxChars = 4_096;
const withheld = '[withheld]';

export const lettersShown = (letters: readonly DeadLetter[]): readonly object[] =>
  letters.slice(0, lettersMax).map(letterShown);

/** A letter for people: place, cause, headers and value, nothing in it obeyed by a terminal. */
export const letterShown = (letter: DeadLetter): object => {
  const { record, cut } = letter;
  const bytes = Buffer.from(record.value);
  const fromUpstream = upstreamNameOf(record.topic) !== undefined;
  const text = fromUpstream ? upstreamText(bytes) : ownText(bytes);
  return {
    id: placeNameOf(record),
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    messageId: visibleText(letter.messageId),
    messageType: visibleText(letter.messageType),
    behind: letter.behind,
    cause: letter.cause,
    firstFailedAt: letter.firstFailedAt,
    lastFailedAt: letter.lastFailedAt,
    headers: headersShown(record.headers, fromUpstream),
    value: {
      bytes: cut?.bytes ?? bytes.length,
      sha256: cut?.sha256 ?? hash('sha256', bytes),
      whole: cut === undefined && text.length <= textMaxChars,
      text: text.slice(0, textMaxChars),
    },
  };
};

const openAttributes = new Set([
  ...['specversion', 'id', 'source', 'type', 'time'],
  ...['datacontenttype', 'dataschema', 'correlationid', 'traceparent'],
]);

const headersShown = (headers: Readonly<Record<string, string>>, fromUpstream: boolean) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const open = !fromUpstream || isOpenHeader(name);
      return [visibleText(name), open ? visibleText(value).slice(0, textMaxChars) : withheld];
    }),
  );

const isOpenHeader = (name: string): boolean =>
  /^(content-type|traceparent)$/i.test(name) ||
  (name.startsWith('ce_') && openAttributes.has(name.slice('ce_'.length)));

const jsonObjectIn = (bytes: Buffer): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const ownText = (bytes: Buffer): string => {
  const event = jsonObjectIn(bytes);
  if (!event) return shownBytes(bytes);
  const { data } = event;
  if (typeof data !== 'object' || data === null) return visibleText(JSON.stringify(event));
  const open = withoutPersonal(String(event['type']), data as Record<string, unknown>);
  return visibleText(JSON.stringify({ ...event, data: open }));
};

const personalByCeType: ReadonlyMap<string, readonly string[]> = new Map(
  [...messageTypes.values()].map(({ type, schemaVersion, personal }) => [
    `countersign.${type}.v${schemaVersion}`,
    personal,
  ]),
);

/** What should have been sealed and is not; of a type that nobody knows that may be anything. */
const withoutPersonal = (ceType: string, data: Record<string, unknown>) => {
  const personal = personalByCeType.get(ceType);
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      const open = name === 'sealed' || (personal !== undefined && !personal.includes(name));
      return [name, open ? value : withheld];
    }),
  );
};

/** As CloudEvents writes them; anything else may be a name of somebody. */
const attributeName = /^[a-z0-9]{1,20}$/;

/** Of an event its open attributes; of anything else the shape of its text, letter by letter. */
const upstreamText = (bytes: Buffer): string => {
  const event = jsonObjectIn(bytes);
  if (!event || !('specversion' in event)) return shapeOf(shownBytes(bytes));
  const shown = Object.entries(event).map(([name, value]) => {
    const open = openAttributes.has(name) && typeof value !== 'object';
    return [attributeName.test(name) ? name : withheld, open ? value : withheld];
  });
  return visibleText(JSON.stringify(Object.fromEntries(shown)));
};

const shapeOf = (text: string): string =>
  text.replace(/⟦U\+[0-9A-F]+⟧|\\x[0-9a-f]{2}|\p{N}|\p{L}/gu, (found) => {
    if (found.length > 2) return found;
    return /\p{N}/u.test(found) ? '9' : 'x';
  });

/** Text as it is where it is text, else byte by byte. */
const shownBytes = (bytes: Buffer): string =>
  isUtf8(bytes)
    ? visibleText(bytes.toString('utf8'))
    : bytes
        .subarray(0, textMaxChars)
        .toString('latin1')
        .replace(
          /[\x00-\x1f\x7f-\xff]/g,
          (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
        );
