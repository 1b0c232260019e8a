import { statSync } from 'node:fs';
import { relative } from 'node:path';

/** What takes longest goes first, or all others are done long before; jest knows it only the second time. */
const longest = ['tests/faults/kill.spec.ts'];

export default class LongestFirst {
  sort(tests) {
    const place = ({ path, context }) =>
      longest.includes(relative(context.config.rootDir, path)) ? Infinity : statSync(path).size;
    const places = new Map(tests.map((test) => [test, place(test)]));
    return [...tests].sort((one, other) => places.get(other) - places.get(one));
  }
  shard(tests) {
    return tests;
  }
  allFailedTests(tests) {
    return tests;
  }
  cacheResults() {}
}
