/** A configured sender: its name, the CloudEvents source it may use, and the credential it has. */
export interface Source {
  readonly name: string;
  readonly source: string;
  /** Token subject that speaks for it. */
  readonly subject: string;
}

/** The source that this caller may speak for: configured, bound to its subject, and in its token. */
export const sourceOf = (
  sources: readonly Source[],
  source: string,
  caller: { readonly sub: string; readonly sources: readonly string[] },
): Source | undefined =>
  sources.find(
    (known) =>
      known.source === source && known.subject === caller.sub && caller.sources.includes(source),
  );
