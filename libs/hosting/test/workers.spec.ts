import { describe, expect, it } from '@jest/globals';
import { workers, type Worker } from '../src/workers.js';

const hiring = (count: number) => {
  const failures: unknown[] = [];
  const hired = workers({ count, instance: 'i', failed: (error) => failures.push(error) });
  return { ...hired, failures };
};
const gate = () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

describe('workers', () => {
  it('are so many and no more, each under a name of its own', () => {
    const { hire } = hiring(2);
    const names = [hire(), hire()].map((worker) => worker?.name);
    expect(names).toEqual(['i-1', 'i-2']);
    expect(hire()).toBeUndefined();
  });

  it('are free again after acting, after failing and when dismissed', async () => {
    const { hire, whenFree, failures } = hiring(1);
    hire()!.run(async () => undefined);
    const second = (await whenFree())!;
    second.run(() => Promise.reject(new Error('bad luck')));
    const third = (await whenFree())!;
    expect(failures).toEqual([new Error('bad luck')]);
    third.dismiss();
    expect(hire()?.name).toBe('i-4');
  });

  it('go to those who wait first, in their order; then the listener is told', async () => {
    const { hire, whenFree, onFree } = hiring(1);
    let told = 0;
    onFree(() => {
      told += 1;
    });
    const first = hire()!;
    const got: (Worker | undefined)[] = [];
    const waits = [whenFree(), whenFree()].map((wait) => wait.then((worker) => got.push(worker)));
    first.dismiss();
    await waits[0];
    expect([got.length, told]).toEqual([1, 0]);
    got[0]!.dismiss();
    await waits[1];
    got[1]!.dismiss();
    expect(told).toBe(1);
  });

  it('finish what they do when closing, and nobody is hired any more', async () => {
    const { hire, whenFree, close, closing } = hiring(1);
    const { open, opened } = gate();
    let finished = false;
    hire()!.run(async () => {
      await opened;
      finished = true;
    });
    const waiting = whenFree();
    const closed = close();
    expect(closing.aborted).toBe(true);
    expect(await waiting).toBeUndefined();
    expect(hire()).toBeUndefined();
    expect(await whenFree()).toBeUndefined();
    open();
    await closed;
    expect(finished).toBe(true);
  });
});
