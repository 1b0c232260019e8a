import { Buffer } from 'node:buffer';
import { shared, type Shared } from '../generated.js';
import { invalidArgument } from './errors.js';

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Clients send a UUID as text or as two numbers. @throws INVALID_ARGUMENT */
export const uuidFrom = (uuid: Shared.UUID | undefined): string => {
  const structured = uuid?.getStructured();
  if (structured) {
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(structured.getMostSignificantBits())), 0);
    bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(structured.getLeastSignificantBits())), 8);
    const hex = bytes.toString('hex');
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-');
  }
  const text = (uuid?.getString() ?? '').toLowerCase();
  if (!uuidForm.test(text)) throw invalidArgument(`'${text}' is not a UUID`);
  return text;
};

/** As the client asked for it. */
export const uuidTo = (id: string, structured: boolean): Shared.UUID => {
  const uuid = new shared.UUID();
  if (!structured) return uuid.setString(id);
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  const parts = new shared.UUID.Structured();
  parts.setMostSignificantBits(String(bytes.readBigInt64BE(0)));
  parts.setLeastSignificantBits(String(bytes.readBigInt64BE(8)));
  return uuid.setStructured(parts);
};

/** @throws INVALID_ARGUMENT a call without a stream */
export const streamFrom = (identifier: Shared.StreamIdentifier | undefined): string => {
  const name = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();
  if (name === '') throw invalidArgument('a stream needs a name');
  return name;
};

export const streamTo = (name: string): Shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(name));

/**
 * Positions go up in larger steps than one, as places in a real server's log do: whoever counts
 * with them finds out in development.
 */
const positionStep = 64;

export const positionTo = (seq: number): string => String(seq * positionStep);

interface PositionMessage {
  setCommitPosition(value: string): unknown;
  setPreparePosition(value: string): unknown;
}

/** Says one place both ways: an append and its commit are one here. */
export const placed = <Message extends PositionMessage>(message: Message, seq: number): Message => {
  message.setCommitPosition(positionTo(seq));
  message.setPreparePosition(positionTo(seq));
  return message;
};

/** Some clients say the end so: the largest number there is. */
const endPosition = 2n ** 64n - 1n;

/**
 * The last sequence number at or before a position.
 * @param head the newest there is. @throws INVALID_ARGUMENT it lies beyond: it is another store's
 */
export const seqAt = (position: string, head: number): number => {
  const said = BigInt(position);
  if (said === endPosition) return head;
  const seq = Number(said / BigInt(positionStep));
  if (seq > head) throw invalidArgument('Trying to read from an invalid position.');
  return seq;
};

/** The last sequence number before a position. @throws INVALID_ARGUMENT as `seqAt` */
export const seqBefore = (position: string, head: number): number => {
  const seq = seqAt(position, head);
  return BigInt(position) % BigInt(positionStep) === 0n ? seq - 1 : seq;
};
