export const services = ['intake', 'orchestrator', 'agent', 'approvals', 'executor'] as const;
export type Service = (typeof services)[number];

/** Record key = case id everywhere; `{service}.dead-letters.v1` keeps what a service could not take. */
export const topics = {
  commands: (service: Service) => `${service}.commands.v1`,
  answers: (service: Service) => `${service}.answers.v1`,
  deadLetters: (service: Service) => `${service}.dead-letters.v1`,
  /** Events of one configured source, as upstream publishes them. */
  upstream: (sourceName: string) => `intake.${sourceName}.v1`,
  outcomes: 'intake-outcomes.v1',
} as const;

/** What one service may touch. Prefixes for streams, whole names for topics. */
export interface Rights {
  readonly append: readonly string[];
  readonly read: readonly string[];
  readonly publish: readonly string[];
  readonly consume: readonly string[];
  /** Where its dead-letter desk may ask for a replay, and publish nothing else. */
  readonly replay: readonly string[];
}

const own = (service: Service, ...prefixes: string[]) => [
  ...prefixes,
  `relay-${service}`,
  `lease-${service}`,
  `fence-${service}`,
];
const publicStreams = ['approval-', 'assist-', 'controls-', 'definition-'];
const rightsOf = (
  service: Service,
  writes: string[],
  publish: string[],
  consume: string[],
): Rights => ({
  append: own(service, ...writes),
  read: [...own(service, ...writes), ...publicStreams],
  publish: [...publish, topics.deadLetters(service)],
  consume,
  replay: consume,
});

/**
 * Deny by default: what is not listed is refused. The same table becomes the Kafka ACLs and the
 * store's stream ACLs, so no service can speak for another even when all five share a process.
 */
export const rights: Readonly<Record<Service, Rights>> = {
  intake: rightsOf(
    'intake',
    ['intake-'],
    [topics.answers('intake'), topics.outcomes],
    [topics.commands('intake')],
  ),
  orchestrator: rightsOf(
    'orchestrator',
    ['case-', 'definition-'],
    (['intake', 'agent', 'approvals', 'executor'] as const).map(topics.commands),
    (['intake', 'agent', 'approvals', 'executor'] as const).map(topics.answers),
  ),
  agent: rightsOf('agent', ['agent-run-'], [topics.answers('agent')], [topics.commands('agent')]),
  approvals: rightsOf(
    'approvals',
    ['approval-', 'assist-', 'controls-'],
    [topics.answers('approvals')],
    [topics.commands('approvals')],
  ),
  executor: rightsOf(
    'executor',
    ['execution-', 'refusals-executor'],
    [topics.answers('executor')],
    [topics.commands('executor')],
  ),
};

/**
 * The same table for a deployment with these sources: intake also takes what they publish. Nobody of
 * ours may publish there, replays included: what intake refused it takes again from its dead letters.
 */
export const rightsFor = (sourceNames: readonly string[]): Readonly<Record<Service, Rights>> => {
  const { consume, ...others } = rights.intake;
  const intake = { ...others, consume: [...consume, ...sourceNames.map(topics.upstream)] };
  return { ...rights, intake };
};

/** Every topic of a deployment with these sources, each once; nothing creates one on the way. */
export const allTopics = (sourceNames: readonly string[]): readonly string[] => {
  const table = rightsFor(sourceNames);
  return [
    ...new Set(
      services.flatMap((service) => [...table[service].consume, ...table[service].publish]),
    ),
  ];
};
