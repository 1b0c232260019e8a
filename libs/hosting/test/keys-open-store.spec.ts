import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sqliteSubjectKeys, type SubjectKeyFile } from '@countersign/trust';
import { mustOpenWhatIsStored } from '../src/keys-open-store.js';
import { openHostedWorld } from './hosted-world.js';

const rights = { append: ['intake-', 'relay-intake'] };
let hosted: Awaited<ReturnType<typeof openHostedWorld>>;
let folder: string;
let others: SubjectKeyFile;
beforeEach(async () => {
  hosted = await openHostedWorld();
  folder = mkdtempSync(join(tmpdir(), 'other-keys-'));
  others = await sqliteSubjectKeys(join(folder, 'keys.sqlite'), 'other', { storeIsEmpty: true });
});
afterEach(async () => {
  await others.close();
  await hosted.close();
  rmSync(folder, { recursive: true, force: true });
});

const append = async (stream: string, data: Record<string, unknown>) =>
  hosted.world.store.append(stream, 'no-stream', [
    { id: crypto.randomUUID(), type: 'T', data, metadata: {} },
  ]);

describe('a service that is given subject keys', () => {
  it('starts on a store that holds nothing sealed, whatever the keys', async () => {
    await mustOpenWhatIsStored(hosted.world.store, others, rights);
    await append('intake-1', { plain: true });
    await mustOpenWhatIsStored(hosted.world.store, others, rights);
  });

  it('starts with the keys that its store was sealed with, and with no others', async () => {
    await append('intake-1', { plain: true });
    const sealed = await hosted.world.sealer.seal({ name: 'Mara' }, ['name'], 'c:1', 'here');
    await append('intake-2', sealed);
    await mustOpenWhatIsStored(hosted.world.store, hosted.keys, rights);
    await expect(mustOpenWhatIsStored(hosted.world.store, others, rights)).rejects.toMatchObject({
      name: 'SubjectKeysMismatch',
    });
  });

  it('starts when the first person was erased', async () => {
    const sealed = await hosted.world.sealer.seal({ name: 'Mara' }, ['name'], 'c:1', 'here');
    await append('intake-1', sealed);
    await hosted.keys.destroy('c:1');
    await mustOpenWhatIsStored(hosted.world.store, hosted.keys, rights);
  });
});
