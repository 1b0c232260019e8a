import {
  appendMaxBytes,
  eventDataMaxBytes,
  TooLarge,
  type NewEvent,
  type Position,
  type StoredEvent,
} from '../port.js';

/** An event as the tables hold it: data and metadata are JSON text. */
export interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** An event row with its place, as a query gives it. */
export interface PlacedRow extends EventRow {
  readonly seq: number;
  readonly revision: number;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws TooLarge, TypeError for what no store would take */
export const toRows = (stream: string, events: readonly NewEvent[]): EventRow[] => {
  if (events.length === 0) throw new TypeError(`${stream}: an append needs at least one event`);
  let total = 0;
  const rows = events.map(({ id, type, data, metadata, json }) => {
    if (!uuid.test(id)) throw new TypeError(`${stream}: event id ${id} is not a UUID`);
    if (type === '') throw new TypeError(`${stream}: an event needs a type`);
    const row = {
      id,
      type,
      data: json?.data ?? toJson(data),
      metadata: json?.metadata ?? toJson(metadata),
    };
    const bytes = Buffer.byteLength(row.data);
    if (bytes > eventDataMaxBytes) {
      throw new TooLarge(
        `${stream}: ${type} has ${bytes} bytes of data, ${eventDataMaxBytes} allowed`,
      );
    }
    total += bytes + Buffer.byteLength(row.metadata);
    return row;
  });
  if (total > appendMaxBytes) {
    throw new TooLarge(`${stream}: an append of ${total} bytes, ${appendMaxBytes} allowed`);
  }
  return rows;
};

const toJson = (value: unknown): string => {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError('an event needs data and metadata that JSON can say');
  return text;
};

export const fromRow = (stream: string, row: PlacedRow): StoredEvent => ({
  id: row.id,
  type: row.type,
  data: JSON.parse(row.data) as unknown,
  metadata: JSON.parse(row.metadata) as Record<string, unknown>,
  stream,
  revision: row.revision,
  position: positionOf(row.seq),
});

const positionDigits = 16;

/** Padded, so that positions compare as text wherever they are kept. */
export const positionOf = (seq: number): Position => String(seq).padStart(positionDigits, '0');

/** @throws RangeError for what was not a position of a store like this one */
export const seqOf = (position: Position): number => {
  if (position.length !== positionDigits || !/^\d+$/.test(position)) {
    throw new RangeError(`${position} is not a position of this store`);
  }
  return Number(position);
};
