import { z } from 'zod';

/** One kind of message: its name, its data, and which top-level fields speak of people. */
export interface MessageType<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly schemaVersion: number;
  readonly data: z.ZodType<Data>;
  /** Sealed under the case's subject, on the wire and at rest. */
  readonly personal: readonly string[];
}

/** Declares a message. A breaking change is a new `schemaVersion`; see CONTRIBUTING. */
export const message = <Type extends string, Shape extends z.ZodRawShape>(
  type: Type,
  shape: Shape,
  personal: readonly (keyof Shape & string)[] = [],
): MessageType<Type, z.infer<z.ZodObject<Shape>>> => ({
  type,
  schemaVersion: 1,
  data: z.strictObject(shape) as unknown as z.ZodType<z.infer<z.ZodObject<Shape>>>,
  personal,
});

export type DataOf<T> = T extends MessageType<string, infer Data> ? Data : never;
