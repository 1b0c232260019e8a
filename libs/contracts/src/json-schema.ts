import { z } from 'zod';
import type { MessageType } from './message.js';

/** The published JSON Schema of a message's data; `x-personal` lists the sealed fields. */
export const jsonSchemaOf = ({ type, schemaVersion, data, personal }: MessageType): object => ({
  ...z.toJSONSchema(data),
  title: `${type}.v${schemaVersion}`,
  'x-personal': personal,
});
