import type { Fence, Lifting } from './fences.js';
import type { OutgoingRecord, ReceivedRecord } from './port.js';

/** Asks the lane of a fenced key to take its dead letters again, in order, and to lift the fence. */
export interface ReplayRequest {
  readonly fence: string;
  /** Offsets of messages that are given up; their dead letters stay. */
  readonly skip: readonly number[];
  readonly by: string;
}

const header = 'replay_fence';

/**
 * The request travels in the topic of the fenced key, under that key: so every message before it is
 * among the dead letters when the lane comes to it, every later one comes after the replay, and
 * nothing can overtake. The record stays uncommitted until the replay is done.
 */
export const toReplayRecord = (fence: Fence, request: ReplayRequest): OutgoingRecord => ({
  topic: fence.topic,
  key: fence.key,
  value: JSON.stringify(request),
  headers: { [header]: fence.id, ce_type: 'countersign.ReplayRequested.v1' },
});

export const isReplayRequest = ({ headers }: OutgoingRecord): boolean =>
  headers[header] !== undefined;

/** Undefined for every other record, and for one that asks in a way that cannot be read. */
export const readReplayRequest = (record: ReceivedRecord): ReplayRequest | undefined => {
  const fence = record.headers[header];
  if (fence === undefined) return undefined;
  const asked = parsed(record.value);
  const skip = Array.isArray(asked['skip']) ? asked['skip'].map(Number) : [];
  return { fence, skip, by: typeof asked['by'] === 'string' ? asked['by'] : 'unknown' };
};

const parsed = (value: string | Uint8Array): Record<string, unknown> => {
  try {
    const text = typeof value === 'string' ? value : new TextDecoder().decode(value);
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

export const liftingBy = (request: ReplayRequest, replayed: number): Lifting => ({
  replayed,
  skipped: request.skip,
  by: request.by,
});
