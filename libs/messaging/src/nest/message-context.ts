import { BaseRpcContext } from '@nestjs/microservices';
import type { ReceivedRecord } from '../port.js';
import type { Attempt } from '../take-record.js';

/** What a handler may know beside the message: where it came from and how often it was tried. */
export class MessageContext extends BaseRpcContext<[ReceivedRecord, Attempt]> {
  get record(): ReceivedRecord {
    return this.args[0];
  }
  get attempt(): Attempt {
    return this.args[1];
  }
}
