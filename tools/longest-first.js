import { accessSync } from 'node:fs';
import { join } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** What takes longest goes first, or all others are done long before; jest knows it only the second time. */
const longest = join(import.meta.dirname, '../tests/faults/kill.spec.ts');
// One that has moved would silently run last again.
accessSync(longest);

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const isLongest = ({ path }) => path === longest;
    const ordered = super.sort(tests);
    return [...ordered.filter(isLongest), ...ordered.filter((test) => !isLongest(test))];
  }
}
