import { expect, it } from '@jest/globals';
import { shared, streams } from '../src/generated.js';
import { readBatchAppend, timeoutMsIn } from '../src/protocol/batch-deadline.js';

const field = (number: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);

/** As newer clients send it: the definitions at hand cannot say field 7. */
const requestWith = (duration: Uint8Array): Buffer => {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('case-1')));
  return field(2, Buffer.concat([options.serializeBinary(), field(7, duration)]));
};

it('reads how long a newer client waits, which it says as a duration', () => {
  const twoAndAHalfSeconds = Uint8Array.from([0x08, 2, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01]);
  const request = readBatchAppend(requestWith(twoAndAHalfSeconds));
  expect(request.getOptions()!.getStreamIdentifier()!.getStreamName_asU8()).toHaveLength(6);
  expect(timeoutMsIn(request)).toBe(2_500);
  const noTime = Uint8Array.from([]);
  expect(timeoutMsIn(readBatchAppend(requestWith(noTime)))).toBe(0);
});

it('waits without limit for a client that says nothing', () => {
  const bytes = field(2, new streams.BatchAppendReq.Options().serializeBinary());
  expect(timeoutMsIn(readBatchAppend(bytes))).toBe(Infinity);
});
