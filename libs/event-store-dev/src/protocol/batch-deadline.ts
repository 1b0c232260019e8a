import { BinaryReader, streams, type Streams } from '../generated.js';

const optionsField = 2;
const durationField = 7;

/**
 * Newer clients say how long they wait as a duration, in a field that the definitions at hand do
 * not know and would drop: it is read from the bytes.
 */
const durations = new WeakMap<Streams.BatchAppendReq, number>();

export const readBatchAppend = (bytes: Buffer): Streams.BatchAppendReq => {
  const request = streams.BatchAppendReq.deserializeBinary(bytes);
  if (!request.hasOptions()) return request;
  const options = fieldOf(bytes, optionsField);
  const duration = options && fieldOf(options, durationField);
  if (duration) durations.set(request, millisecondsIn(duration));
  return request;
};

/** Infinity: the client did not say. Not above zero: the time is over. */
export const timeoutMsIn = (request: Streams.BatchAppendReq): number => {
  const deadline = request.getOptions()?.getDeadline();
  if (deadline) return deadline.toDate().getTime() - Date.now();
  return durations.get(request) ?? Infinity;
};

const fieldOf = (bytes: Uint8Array, field: number): Uint8Array | undefined => {
  const reader = new BinaryReader(bytes);
  while (reader.nextField()) {
    if (reader.isEndGroup()) break;
    if (reader.getFieldNumber() === field) return reader.readBytes();
    reader.skipField();
  }
  return undefined;
};

const millisecondsIn = (duration: Uint8Array): number => {
  const reader = new BinaryReader(duration);
  let milliseconds = 0;
  while (reader.nextField()) {
    if (reader.getFieldNumber() === 1) milliseconds += reader.readInt64() * 1_000;
    else if (reader.getFieldNumber() === 2) milliseconds += reader.readInt32() / 1e6;
    else reader.skipField();
  }
  return milliseconds;
};
