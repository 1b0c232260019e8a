/** Remembers the values used last, at most so many. */
export interface BoundedMemory<Value, Name = string> {
  get(name: Name): Value | undefined;
  set(name: Name, value: Value): void;
  delete(name: Name): void;
  clear(): void;
}

/** Keeps at most `max` values, among them the half of `max` that were used last. */
export const boundedMemory = <Value, Name = string>(max: number): BoundedMemory<Value, Name> => {
  // Two halves, so that nothing moves for a hit: when the newer one is full, the older one goes.
  let newer = new Map<Name, Value>();
  let older = new Map<Name, Value>();
  const set = (name: Name, value: Value) => {
    if (newer.size >= max / 2) {
      older = newer;
      newer = new Map();
    }
    newer.set(name, value);
  };
  return {
    get: (name) => {
      const value = newer.get(name);
      if (value !== undefined) return value;
      const old = older.get(name);
      if (old !== undefined) set(name, old);
      return old;
    },
    set,
    delete: (name) => {
      newer.delete(name);
      older.delete(name);
    },
    clear: () => {
      newer.clear();
      older.clear();
    },
  };
};
