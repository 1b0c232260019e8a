import type { Streams } from '../generated.js';
import type { Expected, ProposedEvent } from '../log/recorded.js';
import { invalidArgument, metadataMissing } from './errors.js';
import { uuidFrom } from './identity.js';

/** @throws INVALID_ARGUMENT */
export const proposedFrom = (
  message: Streams.AppendReq.ProposedMessage | Streams.BatchAppendReq.ProposedMessage,
): ProposedEvent => {
  const said = message.getMetadataMap();
  const type = said.get('type');
  if (!type) throw metadataMissing('type');
  const contentType = said.get('content-type');
  if (!contentType) throw metadataMissing('content-type');
  return {
    id: uuidFrom(message.getId()),
    type,
    json: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
};

/** What counts against the limit of an append: a type is kept in two bytes a character. */
export const sizeOf = ({ type, data, metadata }: ProposedEvent): number =>
  data.length + metadata.length + 2 * type.length;

export interface ExpectedOption {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

/** @param revision where the option stands as a number. @throws INVALID_ARGUMENT none is there */
export const expectedFrom = (option: ExpectedOption, revision: string | undefined): Expected => {
  if (revision !== undefined) return Number(revision);
  if (option.hasNoStream()) return -1;
  if (option.hasAny()) return 'any';
  if (option.hasStreamExists()) return 'exists';
  throw invalidArgument('an expected revision must be given');
};

/** As the protocol numbers them in messages for people. */
export const expectedNumber = (expected: Expected): number =>
  expected === 'any' ? -2 : expected === 'exists' ? -4 : expected;
