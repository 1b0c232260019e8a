/** Dependencies point inward, and every rule says why. `npm run dependencies`. */
module.exports = {
  forbidden: [
    {
      name: 'contracts-and-decider-stand-alone',
      comment:
        'What services say, and how decisions are made, must not depend on how they are run.',
      severity: 'error',
      from: { path: '^libs/(contracts|decider)/src' },
      to: { path: '^(libs/(?!contracts/|decider/)|services|apps|examples)' },
    },
    {
      name: 'contracts-and-decider-apart',
      comment: 'Each of the two is read alone; neither may learn of the other.',
      severity: 'error',
      from: { path: '^libs/(contracts|decider)/src' },
      to: { path: '^libs/(contracts|decider)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'libs-know-no-service',
      comment: 'A lib that knows a service is a part of that service.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(services|apps|examples)/' },
    },
    {
      name: 'services-know-no-service',
      comment:
        'Services speak through contracts over the bus; an import would make two of them one.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'services-know-no-example',
      comment: 'The demo world is the outside: services reach it over HTTP like any other target.',
      severity: 'error',
      from: { path: '^services/[^/]+/src' },
      to: { path: '^(examples|apps)/' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'The middle is functions over values: no Nest, no I/O, no adapter, so only what is named here.',
      severity: 'error',
      from: { path: '^services/[^/]+/src/domain/' },
      to: {
        pathNot:
          '^(services/[^/]+/src/domain/|libs/(contracts|decider|time|tools|trust)/src/|node_modules/@marcbachmann/cel-js/)',
      },
    },
    {
      name: 'only-messaging-knows-the-broker',
      comment: 'The broker client is unmaintained upstream: one place to replace it.',
      severity: 'error',
      from: { pathNot: '^libs/messaging/' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file or have the wrong border.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Ours alone: what a package of others has in its dist is what is imported from it.
    exclude: { path: '^(libs|services|apps|examples)/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.cruise.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
