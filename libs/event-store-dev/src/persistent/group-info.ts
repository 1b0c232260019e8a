import { persistent, type Persistent } from '../generated.js';
import { positionTo } from '../protocol/identity.js';
import type { EventLog } from '../log/event-log.js';
import type { RunningGroup } from './groups.js';
import type { Start } from './group-settings.js';

const startText = (start: Start, all: boolean): string => {
  if (!all) return start === 'end' ? '-1' : String(start);
  return start === 'end' ? 'C:-1/P:-1' : placeText(start, true);
};

const placeText = (place: number, all: boolean): string =>
  all ? `C:${positionTo(place)}/P:${positionTo(place)}` : String(place);

/** How a group stands, as the protocol tells it. */
export const groupInfo = (
  log: EventLog,
  { record, group, parked, checkpoint }: RunningGroup,
): Persistent.SubscriptionInfo => {
  const { source, name, start, settings } = record;
  const all = source === '$all';
  const { total, inFlight, waiting, again } = group.standing();
  const noted = checkpoint();
  const known = all ? log.read.head() : log.read.state(source, Date.now()).last;
  const info = new persistent.SubscriptionInfo();
  info.setEventSource(source).setGroupName(name).setStatus('Live');
  info.setTotalItems(String(total)).setTotalInFlightMessages(inFlight);
  info.setOutstandingMessagesCount(inFlight).setRetryBufferCount(again);
  info.setReadBufferCount(waiting).setLiveBufferCount('0').setCountSinceLastMeasurement('0');
  info.setParkedMessageCount(String(parked.count));
  info.setLastCheckpointedEventPosition(noted === undefined ? '' : placeText(noted, all));
  info.setLastKnownEventPosition(known < 0 ? '' : placeText(known, all));
  info.setStartFrom(startText(start, all)).setResolveLinkTos(settings.resolveLinks);
  info.setMessageTimeoutMilliseconds(settings.messageTimeoutMs);
  info.setExtraStatistics(settings.extraStatistics).setMaxRetryCount(settings.maxRetryCount);
  info.setLiveBufferSize(settings.liveBufferSize).setBufferSize(settings.historyBufferSize);
  info.setReadBatchSize(settings.readBatchSize);
  info.setCheckPointAfterMilliseconds(settings.checkpointAfterMs);
  info.setMinCheckPointCount(settings.minCheckpointCount);
  info.setMaxCheckPointCount(settings.maxCheckpointCount);
  info.setNamedConsumerStrategy(settings.strategy);
  info.setMaxSubscriberCount(settings.maxSubscriberCount);
  return info.setConnectionsList(group.consumers.map(connectionInfo));
};

const connectionInfo = ({
  from,
  name,
  slots,
  inFlight,
  delivered,
}: RunningGroup['group']['consumers'][number]): Persistent.SubscriptionInfo.ConnectionInfo => {
  const info = new persistent.SubscriptionInfo.ConnectionInfo();
  info.setFrom(from).setConnectionName(name).setUsername('');
  info.setTotalItems(String(delivered)).setCountSinceLastMeasurement('0');
  return info.setAvailableSlots(slots - inFlight.size).setInFlightMessages(inFlight.size);
};
