import { v5 as uuid } from 'uuid';

/** Event n of the append that input `causeId` led to: the same input appends the same events once. */
export const eventIdOf = (causeId: string, index: number): string => uuid(String(index), causeId);

/** The message or alarm `name` that event `eventId` asked for. */
export const effectIdOf = (eventId: string, name: string): string => uuid(name, eventId);
