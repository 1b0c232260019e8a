// eslint-disable-next-line no-restricted-imports -- a hash is a function of its input alone
import { hash } from 'node:crypto';

/** Event n of the append that input `causeId` led to: the same input appends the same events once. */
export const eventIdOf = (causeId: string, index: number): string => uuidOf(String(index), causeId);

/** The message or alarm `name` that event `eventId` asked for. */
export const effectIdOf = (eventId: string, name: string): string => uuidOf(name, eventId);

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** UUIDv5 (RFC 9562): what the `uuid` package gives, at a third of its cost. */
const uuidOf = (name: string, namespace: string): string => {
  if (!uuidForm.test(namespace)) throw new TypeError(`not a UUID: ${namespace}`);
  const bytes = Buffer.allocUnsafe(16 + Buffer.byteLength(name));
  bytes.write(namespace.replaceAll('-', ''), 0, 'hex');
  bytes.write(name, 16);
  const digest = hash('sha1', bytes, 'hex');
  const variant = '89ab'[parseInt(digest[16]!, 16) & 3]!;
  const tail = `${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${tail}`;
};
