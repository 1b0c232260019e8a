import type { Metadata, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { persistent, type Persistent } from '../generated.js';
import { groupInfo } from '../persistent/group-info.js';
import { settingsFrom, type Start } from '../persistent/group-settings.js';
import type { GroupRecord } from '../persistent/groups.js';
import { asCallError, groupMissing, invalidArgument } from './errors.js';
import { seqBefore, streamFrom } from './identity.js';
import type { Serving } from './serving.js';
import type { Shared } from '../generated.js';

const allSource = '$all';

interface SourceOption {
  hasAll(): boolean;
  getStreamIdentifier(): Shared.StreamIdentifier | undefined;
}

export const sourceFrom = (option: SourceOption): string =>
  option.hasAll() ? allSource : streamFrom(option.getStreamIdentifier());

/** Groups are the administrator's to arrange. */
const managed =
  <Request, Response>(serving: Serving, work: (request: Request) => Promise<Response> | Response) =>
  (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    const answer = async (metadata: Metadata) => {
      const user = serving.access.userOf(metadata);
      serving.access.check(user, '$persistentSubscriptionConfig');
      await serving.faults.atCall();
      return work(call.request);
    };
    answer(call.metadata).then(
      (response) => callback(null, response),
      (error: unknown) => callback(asCallError(error)),
    );
  };

type Options = Persistent.CreateReq.Options | Persistent.UpdateReq.Options;

const startFrom = (options: Options, head: number): Start => {
  const all = options.getAll();
  if (all) {
    const position = all.getPosition();
    if (position) return seqBefore(position.getCommitPosition(), head) + 1;
    return all.hasStart() ? 0 : 'end';
  }
  const stream = options.getStream();
  if (!stream) {
    const revision = options.getSettings()?.getRevision() ?? '0';
    return BigInt(revision) > BigInt(Number.MAX_SAFE_INTEGER) ? 'end' : Number(revision);
  }
  if (stream.hasRevision()) return Number(stream.getRevision());
  return stream.hasStart() ? 0 : 'end';
};

const recordFrom = (options: Options | undefined, head: number): GroupRecord => {
  const settings = options?.getSettings();
  if (!options || !settings) throw invalidArgument('a group needs options and settings');
  const stream = options.getStream()?.getStreamIdentifier() ?? options.getStreamIdentifier();
  const name = options.getGroupName();
  if (name === '') throw invalidArgument('a group needs a name');
  const source = options.hasAll() ? allSource : streamFrom(stream);
  return { source, name, start: startFrom(options, head), settings: settingsFrom(settings) };
};

const createRecord = (request: Persistent.CreateReq, head: number): GroupRecord => {
  const options = request.getOptions();
  const filter = options?.getAll()?.getFilter();
  const bytes = filter && Buffer.from(filter.serializeBinary()).toString('base64');
  return { ...recordFrom(options, head), ...(bytes && { filter: bytes }) };
};

export const groupCalls = (serving: Serving) => {
  const { groups, log } = serving;
  return {
    create: managed(serving, async (request: Persistent.CreateReq) => {
      await groups.create(createRecord(request, log.read.head()));
      return new persistent.CreateResp();
    }),
    update: managed(serving, async (request: Persistent.UpdateReq) => {
      await groups.update(recordFrom(request.getOptions(), log.read.head()));
      return new persistent.UpdateResp();
    }),
    delete: managed(serving, async (request: Persistent.DeleteReq) => {
      const options = request.getOptions()!;
      await groups.remove(sourceFrom(options), options.getGroupName());
      return new persistent.DeleteResp();
    }),
    getInfo: managed(serving, (request: Persistent.GetInfoReq) => {
      const options = request.getOptions()!;
      const found = groups.find(sourceFrom(options), options.getGroupName());
      return new persistent.GetInfoResp().setSubscriptionInfo(groupInfo(log, found));
    }),
    list: managed(serving, (request: Persistent.ListReq) => {
      const asked = request.getOptions()?.getListForStream();
      const source = asked && (asked.hasAll() ? allSource : streamFrom(asked.getStream()));
      const found = groups.all().filter(({ record }) => !source || record.source === source);
      if (source && found.length === 0) throw groupMissing(source, '');
      return new persistent.ListResp().setSubscriptionsList(
        found.map((one) => groupInfo(log, one)),
      );
    }),
    replayParked: managed(serving, async (request: Persistent.ReplayParkedReq) => {
      const options = request.getOptions()!;
      const { parked, group } = groups.find(sourceFrom(options), options.getGroupName());
      const max = options.hasStopAt() ? Number(options.getStopAt()) : Number.MAX_SAFE_INTEGER;
      for (const resolved of await parked.take(max)) group.replay(resolved);
      return new persistent.ReplayParkedResp();
    }),
  };
};
