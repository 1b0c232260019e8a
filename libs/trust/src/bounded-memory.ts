/** Remembers the values used last, at most so many. */
export interface BoundedMemory<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
  clear(): void;
}

/** The least recently used value goes when a new one would exceed `max`. */
export const boundedMemory = <Value>(max: number): BoundedMemory<Value> => {
  // A Map keeps the order of insertion, so putting a hit back in makes its head the oldest.
  const values = new Map<string, Value>();
  return {
    get: (name) => {
      const value = values.get(name);
      if (value !== undefined) {
        values.delete(name);
        values.set(name, value);
      }
      return value;
    },
    set: (name, value) => {
      values.delete(name);
      if (values.size >= max) values.delete(values.keys().next().value!);
      values.set(name, value);
    },
    delete: (name) => void values.delete(name),
    clear: () => values.clear(),
  };
};
