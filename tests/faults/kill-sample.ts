import { createHash } from 'node:crypto';
import { services } from '@countersign/contracts';
import { settingsOfTests } from '../settings.js';
import { ownSteps, stepsOfEveryService } from './kill-points.js';

/** Named by FAULTS_SEED, or by the day: over the days every point has its turn. */
export const seed = settingsOfTests().faultsSeed ?? new Date().toISOString().slice(0, 10);

/** Some of many, the same ones for the same seed. */
const some = <Item>(items: readonly Item[], count: number): Item[] => {
  const place = (item: Item) =>
    createHash('sha256')
      .update(`${seed} ${String(item)}`)
      .digest('hex');
  return [...items].sort((a, b) => (place(a) < place(b) ? -1 : 1)).slice(0, count);
};

/** Two points of each service, and two of those that only agent and executor have. */
export const sampledKills = (): string[] => [
  ...services.flatMap((service) =>
    some(
      stepsOfEveryService.map((step) => `${service}.${step}`),
      2,
    ),
  ),
  ...some(ownSteps, 2),
];

/** One of several, by the same seed. */
export const sampledOne = <Item>(items: readonly Item[]): Item => some(items, 1)[0]!;
