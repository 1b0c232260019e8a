import type { Consumer as Client } from 'kafkajs';
import type { ConsumeOptions, Consumer } from '../port.js';
import { jittered, machineWaits, pause } from '../waits.js';
import { kafkaClient, requestTimeoutMs, triesOf, type KafkaAddress } from './client.js';
import { passes, reasonOf } from './errors.js';
import { joinAfter } from './handover.js';
import { heartbeatMs, ownership, rebalanceTimeoutMs, type Ownership } from './ownership.js';
import type { Standing } from './standing.js';
import { within } from './within.js';

export interface GroupMemberOptions {
  readonly address: KafkaAddress;
  /** How long the group waits for a member that has gone silent. */
  readonly sessionTimeoutMs: number;
  readonly standing: Standing;
  /** How the member is called when it is what waits. */
  readonly part: string;
}

/** A record is handed over this soon after a pause, and an idle member asks this often. */
const fetchWaitMs = 250;
/** One a second: to join waits for handing back, which takes up to 20 s. */
const tries = 25;
const joinPauseMinMs = 100;
const joinPauseMaxMs = 2_000;
/** Who is not in the group by then joins it later: the state says so. */
const joinPatienceMs = 3_000;
const leaveMs = 5_000;
/** A member asks several times a second; no answer for so long is an outage. */
const silentMs = requestTimeoutMs + 2_000;
const lookEveryMs = 1_000;

/** Joins a group and stays in it, whatever happens to the broker, until closed. */
export const groupMember = async (
  member: ConsumeOptions,
  options: GroupMemberOptions,
): Promise<Consumer> => {
  const { standing, part, address } = options;
  const owned = ownership(member, address.log);
  const closing = new AbortController();
  const left = new AbortController();
  const contact = contactOf(options);
  let client: Client | undefined;
  let tellJoined = () => {};
  const joined = new Promise<void>((resolve) => (tellJoined = resolve));

  const failed = (error: unknown) => {
    if (passes(error)) standing.waiting(part, reasonOf(error));
    else standing.lost(part, reasonOf(error));
    return passes(error);
  };
  const join = async () => {
    const fresh = newClient(member, options, owned, left.signal);
    client = fresh;
    fresh.on('consumer.group_join', ({ payload }) => {
      if (closing.signal.aborted) return;
      contact.made();
      owned.begin(fresh, payload.memberAssignment);
      tellJoined();
    });
    fresh.on('consumer.fetch_start', ({ payload }) => owned.fetches(String(payload.nodeId)));
    fresh.on('consumer.network.request', () => contact.answered());
    fresh.on('consumer.crash', ({ payload: { error, restart } }) => {
      if (client !== fresh || closing.signal.aborted) return;
      contact.broken(reasonOf(error));
      // The client ends at what it takes for final, although much of that passes.
      if (!restart && failed(error)) void joinUntilIn();
    });
    await fresh.connect();
    await fresh.subscribe({ topics: [...member.topics], fromBeginning: true });
    await fresh.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => owned.take(payload),
    });
  };
  const joinUntilIn = async () => {
    for (let pauseMs = joinPauseMinMs; !closing.signal.aborted;) {
      try {
        return await join();
      } catch (error) {
        void client?.disconnect().catch(() => undefined);
        if (!failed(error)) return;
      }
      const waitMs = jittered(pauseMs, machineWaits);
      await pause(waitMs, machineWaits, closing.signal).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, joinPauseMaxMs);
    }
  };
  void joinUntilIn();
  await within(joined, joinPatienceMs);
  return {
    close: async () => {
      closing.abort();
      await owned.handBack();
      left.abort();
      contact.end();
      await within(
        client?.disconnect().catch(() => undefined),
        leaveMs,
      );
    },
  };
};

/** Whether the member is in its group and Kafka answers it. */
const contactOf = ({ standing, part }: GroupMemberOptions) => {
  let inGroup = false;
  let lastAnswer = performance.now();
  const look = setInterval(() => {
    if (performance.now() - lastAnswer > silentMs) standing.waiting(part, 'Kafka does not answer');
  }, lookEveryMs);
  look.unref();
  standing.waiting(part, 'not yet in its group');
  const answered = () => {
    lastAnswer = performance.now();
    if (inGroup) standing.well(part);
  };
  return {
    answered,
    made: () => {
      inGroup = true;
      answered();
    },
    broken: (because: string) => {
      inGroup = false;
      standing.waiting(part, because);
    },
    end: () => {
      inGroup = false;
      clearInterval(look);
      standing.gone(part);
    },
  };
};

const newClient = (
  { group }: ConsumeOptions,
  { address, sessionTimeoutMs }: GroupMemberOptions,
  owned: Ownership,
  left: AbortSignal,
): Client =>
  kafkaClient(address, triesOf(tries)).consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: fetchWaitMs,
    allowAutoTopicCreation: false,
    // One that has left while Kafka was away would try to come back for ever.
    retry: { ...triesOf(tries), restartOnFailure: async () => !left.aborted },
    partitionAssigners: [
      joinAfter(() => {
        if (left.aborted) throw new Error('this member has left');
        return owned.handBack();
      }),
    ],
  });
