import { NotPermitted } from '../port.js';

/** What a stream is filed under; undefined for a prefix that may begin several kinds. */
export const kindOf = (prefix: string): string | undefined => {
  const dash = prefix.indexOf('-');
  return dash < 0 ? undefined : prefix.slice(0, dash);
};

/** System streams are the store's own: never delivered, not written by anyone else. */
export const isSystemStream = (name: string): boolean => name.startsWith('$');

const nameLengthMax = 1_024;

/** @throws NotPermitted for system streams, TypeError for what is not a name */
export const checkStreamName = (stream: string): void => {
  if (isSystemStream(stream)) throw new NotPermitted(`${stream}: the store's own stream`);
  // A lone surrogate would become another name in the file.
  if (stream === '' || stream.length > nameLengthMax || !stream.isWellFormed()) {
    throw new TypeError(`not a stream name: ${JSON.stringify(stream.slice(0, 100))}`);
  }
};
