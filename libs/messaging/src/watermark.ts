/** A record that was taken and is not yet known to be done. */
export interface Place {
  readonly offset: number;
  done: boolean;
}

/** Which offset may be committed: the last one before which everything taken is done. */
export interface Watermark {
  /** Takes the next offset; offsets come in order. */
  take(offset: number): Place;
  finish(place: Place): void;
  /** Everything up to and including it is done; undefined before the first. */
  readonly reached: number | undefined;
  /** Records taken but not yet below the watermark. */
  readonly open: number;
}

/** Finished places are dropped in chunks, so that moving on costs nothing per record. */
const droppedAtOnce = 1_024;

export const watermark = (): Watermark => {
  let places: Place[] = [];
  let first = 0;
  let reached: number | undefined;
  return {
    take: (offset) => {
      const place = { offset, done: false };
      places.push(place);
      return place;
    },
    finish: (place) => {
      place.done = true;
      for (let next = places[first]; next?.done; next = places[first]) {
        reached = next.offset;
        first += 1;
      }
      if (first < droppedAtOnce) return;
      places = places.slice(first);
      first = 0;
    },
    get reached() {
      return reached;
    },
    get open() {
      return places.length - first;
    },
  };
};
