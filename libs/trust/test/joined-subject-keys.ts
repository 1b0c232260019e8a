import { join } from 'node:path';
import { joinSubjectKeys, sqliteSubjectKeys } from '@countersign/trust';

// On the compiled files, which alone a thread can load: two who have the keys of one process.
const [folder] = process.argv.slice(2) as [string];
const path = join(folder, 'subject-keys.sqlite');
const one = await sqliteSubjectKeys(path, 'store-1', { storeIsEmpty: true, thread: true });
const other = joinSubjectKeys(one.share());

const [first, second] = await Promise.all([one.keyFor('c:1'), other.keyFor('c:1')]);
const same = first.id === second.id && first.key.equals(second.key);
await other.destroy('c:1');
await new Promise(setImmediate);
const gone = [await one.find(first.id), await other.find(first.id)].map((key) => key === undefined);
const [after, afterToo] = [await one.keyFor('c:1'), await other.keyFor('c:1')];
const anew = after.id !== first.id && afterToo.id === after.id;
await other.close();
await one.close();
console.log(JSON.stringify({ same, gone, anew }));
