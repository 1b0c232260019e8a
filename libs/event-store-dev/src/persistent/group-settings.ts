import type { Persistent } from '../generated.js';

export type Strategy = 'RoundRobin' | 'DispatchToSingle' | 'Pinned';

/** How a group is served, as it is kept: everything can be said in JSON. */
export interface GroupSettings {
  readonly resolveLinks: boolean;
  readonly extraStatistics: boolean;
  /** 0: a consumer may take as long as it likes. */
  readonly messageTimeoutMs: number;
  readonly maxRetryCount: number;
  readonly checkpointAfterMs: number;
  readonly minCheckpointCount: number;
  readonly maxCheckpointCount: number;
  /** 0: any number. */
  readonly maxSubscriberCount: number;
  readonly liveBufferSize: number;
  readonly readBatchSize: number;
  readonly historyBufferSize: number;
  readonly strategy: Strategy;
}

/** The first place that is delivered: a revision of a stream, or a sequence number of all. */
export type Start = number | 'end';

const ticksPerMs = 10_000;
const strategies: readonly Strategy[] = ['DispatchToSingle', 'RoundRobin', 'Pinned'];

type SettingsMessage = Persistent.CreateReq.Settings | Persistent.UpdateReq.Settings;

export const settingsFrom = (said: SettingsMessage): GroupSettings => {
  const byName = 'getConsumerStrategy' in said ? (said.getConsumerStrategy() as Strategy) : '';
  return {
    resolveLinks: said.getResolveLinks(),
    extraStatistics: said.getExtraStatistics(),
    messageTimeoutMs: said.hasMessageTimeoutTicks()
      ? Number(said.getMessageTimeoutTicks()) / ticksPerMs
      : said.getMessageTimeoutMs(),
    maxRetryCount: said.getMaxRetryCount(),
    checkpointAfterMs: said.hasCheckpointAfterTicks()
      ? Number(said.getCheckpointAfterTicks()) / ticksPerMs
      : said.getCheckpointAfterMs(),
    minCheckpointCount: said.getMinCheckpointCount(),
    maxCheckpointCount: said.getMaxCheckpointCount(),
    maxSubscriberCount: said.getMaxSubscriberCount(),
    liveBufferSize: said.getLiveBufferSize(),
    readBatchSize: said.getReadBatchSize(),
    historyBufferSize: said.getHistoryBufferSize(),
    strategy: byName || strategies[said.getNamedConsumerStrategy()]!,
  };
};

/** Why such settings are refused; undefined: they are not. */
export const faultIn = (settings: GroupSettings): string | undefined => {
  const { historyBufferSize, readBatchSize, liveBufferSize, strategy } = settings;
  if (!strategies.includes(strategy)) return `there is no consumer strategy ${strategy}`;
  if (historyBufferSize < 1 || liveBufferSize < 1 || readBatchSize < 1) {
    return 'buffers and batches must be above zero';
  }
  if (readBatchSize >= historyBufferSize) return 'a batch must be smaller than the history buffer';
  return undefined;
};
