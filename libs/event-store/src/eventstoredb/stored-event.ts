import type { NewEvent, Position, StoredEvent } from '../port.js';
import type { Shared, Streams } from './generated.js';
import { positionOf } from './positions.js';

/** What the store recorded, as the port speaks of it. Undefined for what the store left out. */
export const storedEventOf = (read: Streams.ReadResp.ReadEvent): StoredEvent | undefined => {
  const recorded = read.getEvent();
  if (!recorded) return undefined;
  return {
    id: uuidOf(recorded.getId()),
    type: recorded.getMetadataMap().get('type') ?? '',
    data: jsonOf(recorded.getData_asU8()),
    metadata: (jsonOf(recorded.getCustomMetadata_asU8()) ?? {}) as NewEvent['metadata'],
    stream: textOf(recorded.getStreamIdentifier()?.getStreamName_asU8()),
    revision: Number(recorded.getStreamRevision()),
    position: positionOf(recorded.getCommitPosition(), recorded.getPreparePosition()),
  };
};

export const checkpointOf = (checkpoint: Streams.ReadResp.Checkpoint): Position =>
  positionOf(checkpoint.getCommitPosition(), checkpoint.getPreparePosition());

/** As text, whichever of the protocol's two forms was sent. */
export const uuidOf = (uuid: Shared.UUID | undefined): string => {
  const structured = uuid?.getStructured();
  if (!structured) return uuid?.getString() ?? '';
  const half = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex =
    half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

/** Others may keep something else than JSON in the same store: that comes as text. */
const jsonOf = (bytes: Uint8Array): unknown => {
  if (bytes.length === 0) return undefined;
  const text = textOf(bytes);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};
