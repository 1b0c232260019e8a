/** Which of the things that a broker needs is missing. */
export type KafkaObstacle =
  | 'java-missing'
  | 'java-too-old'
  | 'maven-missing'
  | 'download-failed'
  | 'cache-unusable'
  | 'port-busy'
  | 'folder-in-use'
  | 'folder-unusable'
  | 'broker-ended'
  | 'broker-silent';

/** No local broker; the message is one line that says what is missing and the way out. */
export class KafkaCannotStart extends Error {
  override readonly name = 'KafkaCannotStart';
  constructor(
    readonly obstacle: KafkaObstacle,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What does without a local broker. */
export const otherwise =
  'or set KAFKA_BROKERS to a broker that runs, or run everything in one process with npm start';

export const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error as Error).message;
