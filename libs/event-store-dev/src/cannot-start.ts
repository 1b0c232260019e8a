import type { FileUnusable } from '@countersign/group-commit';

/** Which of the things that the server needs cannot be had. */
export type EventStoreObstacle =
  'port-busy' | 'folder-in-use' | 'folder-unusable' | 'certificate-unusable';

/** The message is one line that says what is in the way, and the way out. */
export class EventStoreCannotStart extends Error {
  override readonly name = 'EventStoreCannotStart';
  constructor(
    readonly obstacle: EventStoreObstacle,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const otherwise = 'or set EVENTSTORE_URL to a store that runs';

/** @param setting the variable that moves the port */
export const portBusy = (port: number, setting: string, cause: unknown): EventStoreCannotStart =>
  new EventStoreCannotStart(
    'port-busy',
    `port ${port} for the development event store cannot be had: ` +
      `set ${setting} to another port, ${otherwise}`,
    { cause },
  );

export const fileRefused = (error: FileUnusable): EventStoreCannotStart =>
  new EventStoreCannotStart(
    error.reason === 'locked' ? 'folder-in-use' : 'folder-unusable',
    `${error.message}; set COUNTERSIGN_DATA to another folder, ${otherwise}`,
    { cause: error },
  );

export const certificateRefused = (cause: unknown): EventStoreCannotStart =>
  new EventStoreCannotStart(
    'certificate-unusable',
    `the certificate of the development event store cannot be used (${(cause as Error).message}): ` +
      'set EVENTSTORE_CERTIFICATE and EVENTSTORE_KEY to PEM files that belong together, or neither',
    { cause },
  );
