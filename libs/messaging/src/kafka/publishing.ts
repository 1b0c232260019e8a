import { refuseLarge } from '../embedded/refuse-large.js';
import { BusUnavailable, RecordTooLarge, type OutgoingRecord } from '../port.js';
import { bytesOf } from '../record-bytes.js';
import { machineWaits, pause } from '../waits.js';
import type { KafkaAddress } from './client.js';
import { asBusError, failureOf } from './errors.js';
import { producerLink, publisherPart, type ProducerLink } from './producer-link.js';
import type { Standing } from './standing.js';

/** Sends what is published, one request after the other, each as full as waiting records make it. */
export interface Publishing {
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Sends what waits, or gives it up after a while. */
  close(): Promise<void>;
}

/** Records of one `publish` that travel together. */
interface Piece {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  sent(): void;
  failed(error: unknown): void;
  /** Another piece of the same call has failed. */
  readonly abandoned: () => boolean;
}

/** Below what a broker takes at once by default (1 MiB a partition), even if all go to one. */
const requestBytesMax = 768 * 1024;
/** A few milliseconds of work on both sides. */
const requestRecordsMax = 1_000;
/** Long enough for a new leader; then the caller hears of it, and says when to try again. */
const triesForMs = 5_000;
const againAfterMs = 100;
/** Whoever tries again does so sooner. */
const lookAfterMs = 5_000;

export const publishing = (address: KafkaAddress, standing: Standing): Publishing => {
  const queue: Piece[] = [];
  const closing = new AbortController();
  const link = producerLink(address, standing);
  let running: Promise<void> | undefined;
  let looking: NodeJS.Timeout | undefined;

  /** A caller that gave up publishes nothing more: nobody else would notice that Kafka is back. */
  const lookLater = () => {
    clearTimeout(looking);
    const look = () => running ?? link.connectUntilDone(closing.signal);
    looking = setTimeout(() => void look(), lookAfterMs).unref();
  };
  const run = async () => {
    while (queue.length > 0) {
      const pieces = takeRequest(queue);
      if (pieces.length === 0) continue;
      try {
        await sendUntilTaken(link, pieces, closing.signal);
        standing.well(publisherPart);
        for (const piece of pieces) piece.sent();
      } catch (error) {
        for (const piece of pieces) piece.failed(error);
        if (failureOf(error) !== 'too-large') lookLater();
      }
    }
    running = undefined;
  };
  void link.connectUntilDone(closing.signal);
  return {
    publish: (records) =>
      new Promise((resolve, reject) => {
        if (closing.signal.aborted) throw new BusUnavailable('the bus has been closed');
        if (records.length === 0) return resolve();
        records.forEach(refuseLarge);
        clearTimeout(looking);
        queue.push(...piecesOf(records, resolve, reject));
        return void (running ??= run());
      }),
    close: async () => {
      closing.abort();
      await running;
      clearTimeout(looking);
      await link.close();
      standing.gone(publisherPart);
    },
  };
};

/** Settles the call when all its pieces are sent, or as soon as one has failed. */
const piecesOf = (
  records: readonly OutgoingRecord[],
  resolve: () => void,
  reject: (error: unknown) => void,
): Piece[] => {
  const pieces: Piece[] = [];
  let unsent = 0;
  let abandoned = false;
  const add = (some: readonly OutgoingRecord[], bytes: number) => {
    unsent += 1;
    pieces.push({
      records: some,
      bytes,
      sent: () => {
        if ((unsent -= 1) === 0) resolve();
      },
      failed: (error) => {
        abandoned = true;
        reject(error);
      },
      abandoned: () => abandoned,
    });
  };
  let from = 0;
  let bytes = 0;
  records.forEach((record, n) => {
    const more = bytesOf(record);
    if (n > from && (bytes + more > requestBytesMax || n - from === requestRecordsMax)) {
      add(records.slice(from, n), bytes);
      from = n;
      bytes = 0;
    }
    bytes += more;
  });
  add(records.slice(from), bytes);
  return pieces;
};

const takeRequest = (queue: Piece[]): readonly Piece[] => {
  const taken: Piece[] = [];
  let bytes = 0;
  let count = 0;
  for (let next = queue[0]; next; next = queue[0]) {
    bytes += next.bytes;
    count += next.records.length;
    if (taken.length > 0 && (bytes > requestBytesMax || count > requestRecordsMax)) break;
    queue.shift();
    if (!next.abandoned()) taken.push(next);
  }
  return taken;
};

/**
 * What never left is sent again for a while. What may have been taken is told to the caller, who
 * publishes the same again: it knows what must not be overtaken.
 */
const sendUntilTaken = async (link: ProducerLink, pieces: readonly Piece[], stop: AbortSignal) => {
  const records = pieces.flatMap((piece) => piece.records);
  const begun = performance.now();
  for (;;) {
    try {
      return await link.send(records);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'too-large') return sendEach(link, pieces, error, stop);
      const again = failure === 'not-sent' && performance.now() - begun < triesForMs;
      if (!again || stop.aborted) throw asBusError(error, 'Kafka did not take it');
      await pause(againAfterMs, machineWaits, stop).catch(() => undefined);
    }
  }
};

/** Finds the one that is too large for its topic; only its own call hears of it. */
const sendEach = async (
  link: ProducerLink,
  pieces: readonly Piece[],
  tooLarge: unknown,
  stop: AbortSignal,
) => {
  const [piece] = pieces;
  if (pieces.length === 1 && piece!.records.length === 1) {
    const { topic } = piece!.records[0]!;
    throw new RecordTooLarge(
      `${topic}: ${piece!.bytes} bytes with its headers are more than Kafka takes`,
      {
        cause: tooLarge,
      },
    );
  }
  for (const { records, failed, abandoned } of pieces) {
    for (const record of records) {
      if (abandoned()) break;
      const alone = { records: [record], bytes: bytesOf(record), sent() {}, failed, abandoned };
      await sendUntilTaken(link, [alone], stop).catch(failed);
    }
  }
};
