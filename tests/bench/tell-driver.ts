/** What a product under measurement tells its driver, as an inbox and a topic would. */
export interface Pending {
  readonly proposalId: string;
  readonly digest: string;
  readonly caseId: string;
}
export interface Addresses {
  readonly approvals: string;
  readonly intake: string;
  readonly issuer: string;
}
export interface Ready {
  readonly addresses: Addresses;
  /** Its processes, by what they do: each is counted by itself. */
  readonly pids: Readonly<Record<string, number>>;
}
export type Told =
  | { readonly pending: readonly Pending[] }
  | { readonly ended: readonly string[] }
  | { readonly ready: Ready };

/** One message to the driver an event-loop turn, however much has happened in it. */
const batched = <Item>(wrap: (items: Item[]) => Told) => {
  let batch: Item[] | undefined;
  return (item: Item) => {
    if (batch) return batch.push(item);
    batch = [item];
    return setImmediate(() => {
      const items = batch!;
      batch = undefined;
      process.send?.(wrap(items));
    });
  };
};

export const tellPending = batched<Pending>((pending) => ({ pending }));
export const tellEnded = batched<string>((ended) => ({ ended }));

/** Says that all is up, and ends with the driver or when it says so. */
export const tellReady = (ready: Ready, stop: () => Promise<void>): void => {
  process.send?.({ ready } satisfies Told);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    if (message === 'stop') void stop().then(() => process.exit(0));
  });
};
