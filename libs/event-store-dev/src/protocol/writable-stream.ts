import type { Shared } from '../generated.js';
import { isMetastream, originalOf, type Expected } from '../log/recorded.js';
import type { Access } from './access.js';
import { accessDenied, invalidArgument } from './errors.js';
import { streamFrom } from './identity.js';
import { expectedFrom, type ExpectedOption } from './proposed.js';

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

interface TargetOptions extends ExpectedOption {
  getStreamIdentifier(): Shared.StreamIdentifier | undefined;
  hasRevision(): boolean;
  getRevision(): string;
}

/**
 * What a writing call is about, if its user may write there.
 * @throws INVALID_ARGUMENT, PERMISSION_DENIED
 */
export const targetOf = (
  access: Access,
  user: string | undefined,
  options: TargetOptions,
): { stream: string; expected: Expected } => {
  const stream = streamFrom(options.getStreamIdentifier());
  checkWritable(stream);
  access.check(user, stream);
  const revision = options.hasRevision() ? options.getRevision() : undefined;
  return { stream, expected: expectedFrom(options, revision) };
};
