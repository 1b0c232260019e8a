import { RecordTooLarge, recordMaxBytes, type OutgoingRecord } from '../port.js';

/** UTF-8 takes at most three bytes per UTF-16 unit: most strings need no counting. */
const bytesPerUnitMax = 3;

/** @throws RecordTooLarge */
export const refuseLarge = ({ topic, value }: OutgoingRecord): void => {
  if (value.length * bytesPerUnitMax <= recordMaxBytes) return;
  const bytes = typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength;
  if (bytes <= recordMaxBytes) return;
  throw new RecordTooLarge(`${topic}: ${bytes} bytes, at most ${recordMaxBytes}`);
};
