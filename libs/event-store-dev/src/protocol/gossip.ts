import { gossip, type Gossip } from '../generated.js';
import { uuidTo } from './identity.js';

const leader = 8;

/** A cluster of one, which is its own leader. */
export const clusterOfOne = (
  instanceId: string,
  host: string,
  port: number,
): Gossip.ClusterInfo => {
  const member = new gossip.MemberInfo()
    .setInstanceId(uuidTo(instanceId, true))
    .setTimeStamp(String(BigInt(Date.now()) * 10_000n))
    .setState(leader)
    .setIsAlive(true)
    .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
  return new gossip.ClusterInfo().setMembersList([member]);
};
