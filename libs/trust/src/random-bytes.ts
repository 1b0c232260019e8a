import { randomBytes, randomFillSync } from 'node:crypto';

const blockBytes = 4_096;

/**
 * Random bytes of the system's generator, drawn in blocks: asking it for a few costs nearly as much
 * as for some thousands. Nothing is given out twice.
 */
export const randomInBlocks = (): ((bytes: number) => Buffer) => {
  const block = Buffer.alloc(blockBytes);
  let used = blockBytes;
  return (bytes) => {
    if (bytes > blockBytes) return randomBytes(bytes);
    if (used + bytes > blockBytes) {
      randomFillSync(block);
      used = 0;
    }
    used += bytes;
    return Buffer.from(block.subarray(used - bytes, used));
  };
};
