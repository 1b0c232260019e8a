import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

/** An error of a call as the protocol says it: code, message and trailers that name the exception. */
export const callError = (
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, inHeader(value));
  return Object.assign(new Error(details), { code, details, metadata });
};

/** Headers carry printable ASCII only. */
const inHeader = (value: string): string => value.replaceAll(/[^\x20-\x7e]/g, '?');

export const isCallError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number';

export const invalidArgument = (details: string): ServiceError =>
  callError(status.INVALID_ARGUMENT, details);

export const unavailable = (details: string): ServiceError =>
  callError(status.UNAVAILABLE, details);

export const streamDeleted = (stream: string): ServiceError =>
  callError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

/** @param actual -1: there is no stream */
export const wrongExpectedVersion = (
  operation: string,
  stream: string,
  expected: number,
  actual: number,
): ServiceError =>
  callError(
    status.FAILED_PRECONDITION,
    `${operation} failed due to WrongExpectedVersion. Stream: ${stream}, ` +
      `Expected version: ${expected}, Actual version: ${actual}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(expected),
      'actual-version': String(actual),
    },
  );

/** The real server's default: 1 MiB of data, metadata and types in all. */
export const appendMaxBytes = 1_048_576;

export const appendTooLarge = (): ServiceError =>
  callError(status.INVALID_ARGUMENT, `Maximum Append Size of ${appendMaxBytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(appendMaxBytes),
  });

export const metadataMissing = (name: string): ServiceError =>
  callError(status.INVALID_ARGUMENT, `Required Metadata Property '${name}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

export const accessDenied = (): ServiceError =>
  callError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const notLeader = (host: string, port: number): ServiceError =>
  callError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

const ofGroup = (exception: string, stream: string, group: string) => ({
  exception,
  'stream-name': stream,
  'group-name': group,
});

export const groupMissing = (stream: string, group: string): ServiceError =>
  callError(
    status.NOT_FOUND,
    `Subscription group ${group} on stream ${stream} does not exist.`,
    ofGroup('persistent-subscription-does-not-exist', stream, group),
  );

export const groupExists = (stream: string, group: string): ServiceError =>
  callError(
    status.ALREADY_EXISTS,
    `Subscription group ${group} on stream ${stream} exists.`,
    ofGroup('persistent-subscription-exists', stream, group),
  );

export const groupFull = (stream: string, group: string): ServiceError =>
  callError(
    status.FAILED_PRECONDITION,
    `Maximum subscriptions reached for subscription group ${group} on stream ${stream}.`,
    ofGroup('maximum-subscribers-reached', stream, group),
  );

export const groupDropped = (stream: string, group: string): ServiceError =>
  callError(
    status.CANCELLED,
    `Subscription group ${group} on stream ${stream} was dropped.`,
    ofGroup('persistent-subscription-dropped', stream, group),
  );

export const groupFailed = (stream: string, group: string, reason: string): ServiceError =>
  callError(
    status.INTERNAL,
    `Subscription group ${group} on stream ${stream} failed: '${reason}'`,
    { ...ofGroup('persistent-subscription-failed', stream, group), reason },
  );

/** Whatever went wrong, as an error of a call. */
export const asCallError = (error: unknown): ServiceError => {
  if (isCallError(error)) return error;
  if (error instanceof Error && error.name === 'FileUnusable') return unavailable(error.message);
  return callError(status.UNKNOWN, error instanceof Error ? error.message : String(error));
};
