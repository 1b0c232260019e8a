import { streams } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import type { Journal } from './journal.js';
import { WrongExpectedRevision, type NewEvent, type Position } from './port.js';

/** A checkpoint is written after so many messages or so long: what is published twice is harmless. */
const checkpointEveryMessages = 500;
const checkpointEveryMs = 250;
const checkpointsKept = 10;

/** How far a service has published, kept in `relay-{service}`. @throws StoreUnavailable */
export const openCheckpoint = async (journal: Journal) => {
  const stream = streams.relay(journal.service);
  const [last] = await journal.store.read(stream, { direction: 'backwards', limit: 1 });
  if (!last) await journal.store.limitStream(stream, checkpointsKept);
  let revision = last?.revision;
  let written = (last?.data as { position: Position } | undefined)?.position;
  let reachedNow = written;
  let messages = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    clearTimeout(timer);
    timer = undefined;
    messages = 0;
    if (reachedNow === undefined || reachedNow === written) return;
    const position = reachedNow;
    await journal.failpoints.reach(`${journal.service}.before_checkpoint`);
    const event = {
      id: effectIdOf(checkpointNamespace, `${stream}:${position}`),
      type: 'RelayCheckpoint',
      data: { position },
      metadata: { recordedAt: journal.clock.now() },
    };
    await append(event);
    written = position;
  };
  const append = async (event: NewEvent) => {
    const next = () => journal.store.append(stream, revision ?? 'no-stream', [event]);
    const appended = await next().catch((error: unknown) => {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      // An append whose answer was lost, or another relay, was here: this one goes after it.
      revision = error.actual === 'no-stream' ? undefined : error.actual;
      return next();
    });
    revision = appended.revision;
  };
  const writeInTurn = () => (writing = writing.catch(() => undefined).then(write));
  return {
    position: written,
    reached: async (position: Position, published: number) => {
      reachedNow = position;
      messages += published;
      if (messages >= checkpointEveryMessages) await writeInTurn();
      else timer ??= setTimeout(() => void writeInTurn().catch(() => undefined), checkpointEveryMs);
    },
    close: async () => {
      clearTimeout(timer);
      await writeInTurn().catch((error: unknown) =>
        journal.log.warn('relay checkpoint not written; messages will be repeated', {
          cause: String(error),
        }),
      );
    },
  };
};

const checkpointNamespace = '0f9d3f1c-2f1f-5c4e-8f3b-3a86c1c5a7e4';
