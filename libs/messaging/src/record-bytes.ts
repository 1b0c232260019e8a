import type { OutgoingRecord } from './port.js';

/** About what it takes on the wire and in memory. */
export const bytesOf = ({ key, value, headers }: OutgoingRecord): number => {
  let bytes = Buffer.byteLength(key) + overheadBytes;
  bytes += typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength;
  for (const [name, text] of Object.entries(headers)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text) + headerOverheadBytes;
  }
  return bytes;
};
const overheadBytes = 24;
const headerOverheadBytes = 6;
