import { services, topics } from '@countersign/contracts';

/** What upstream was told, and what nobody could take: never removed by the bus itself. */
export const keptTopics: readonly string[] = [topics.outcomes, ...services.map(topics.deadLetters)];
