import { isMetastream, originalOf } from '../log/recorded.js';
import { accessDenied, invalidArgument } from './errors.js';

/** Longer than any name in use; the real server's limit is that of a record. */
const nameMaxCharacters = 1_024;

/** @throws PERMISSION_DENIED metadata of metadata. @throws INVALID_ARGUMENT */
export const checkWritable = (stream: string): void => {
  if (stream === '$all') throw accessDenied();
  if (isMetastream(stream) && (stream === '$$' || isMetastream(originalOf(stream)))) {
    throw accessDenied();
  }
  if (stream.length > nameMaxCharacters) {
    throw invalidArgument(`a stream's name has at most ${nameMaxCharacters} characters`);
  }
};
