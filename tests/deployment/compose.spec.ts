import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { composeFrom } from './compose.js';
import { composeProblems, type ComposeSurroundings } from './compose-problems.js';
import { environmentOf, foldersOf } from './dockerfile-problems.js';

const text = readFileSync('docker-compose.yml', 'utf8');
const dockerfile = readFileSync('Dockerfile', 'utf8');
const around: ComposeSurroundings = {
  builds: (entry) =>
    existsSync(entry.replace('/dist/', '/src/').replace(/(?<=\/src\/.*)\.js$/, '.ts')),
  image: environmentOf(dockerfile),
  folders: foldersOf(dockerfile),
};
const problemsOf = (yaml: string) => composeProblems(composeFrom(yaml), around);

describe('docker-compose.yml', () => {
  it('describes the services as their code is, loopback only, nothing secret, and the agent shut in (I17)', () => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('takes the Kafka that the tests run, and an EventStoreDB whose licence is the one that is said', () => {
    const { services } = composeFrom(text);
    const [, version] = /<kafka.version>([\d.]+)</.exec(
      readFileSync('libs/kafka-dev/pom.xml', 'utf8'),
    )!;
    expect(services['kafka']!.image).toBe(`apache/kafka:${version}`);
    // From 24.10 on it is another than BSD.
    const [, major, minor] = /:(\d+)\.(\d+)\./.exec(services['eventstore']!.image)!;
    expect(Number(major) * 100 + Number(minor)).toBeLessThan(2410);
    const page = readFileSync('docs/deployment.md', 'utf8');
    const images = Object.values(services).map(({ image }) => image);
    expect([...new Set(images)].filter((image) => !page.includes(`| \`${image}\` |`))).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    ['a key that nothing knows', 'init: true', 'initial: true', /what is initial/],
    ['an image that moves', 'countersign:0.1.0', 'countersign:latest', /not pinned/],
    ['an image of a registry', 'apache/kafka:', 'registry.example/kafka:', /names a registry/],
    ['capabilities', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', /keeps capabilities/],
    ['ways to gain privileges', "['no-new-privileges:true']", '[]', /may gain privileges/],
    ['an image to write to', 'read_only: true', 'read_only: false', /may write to its image/],
    ['root', "user: '1000:1000'", "user: '0:0'", /another user/],
    ['no limit of memory', '    mem_limit: 1536m\n', '', /no limit of memory/],
    ['no limit of processes', '  pids_limit: 128\n', '', /no limit of processes/],
    ['another service', '[services/agent/', '[services/executor/', /does not run services\/agent/],
    ['a program that is not there', 'demo-crm/dist/main', 'demo-crm/dist/start', /there is no/],
    ['a port on every interface', '127.0.0.1:8080:8080', '8080:8080', /not on the loopback/],
    ['a port on one interface', '127.0.0.1:8081:', '0.0.0.0:8081:', /not on the loopback/],
    ['another port', '127.0.0.1:8090:', '127.0.0.1:8190:', /is not its port/],
    ['a health check of another', '8083/readyz', '8082/readyz', /not port 8083/],
    ['a health check of life', '8083/readyz', '8083/livez', /not asked for readiness/],
    [
      'a health check with curl',
      '[CMD, node, deploy/answers.js',
      '[CMD, curl, -f',
      /does not have/,
    ],
    [
      'a setting of the past',
      'VIEWS_FOLDER: /views',
      'VIEW_FOLDER: /views',
      /reads no VIEW_FOLDER/,
    ],
    [
      'a setting that is left out',
      'LISTEN_HOST: 0.0.0.0',
      'LOG_LEVEL: info',
      /LISTEN_HOST would be/,
    ],
    [
      'a secret that is left out',
      '      CRM_WRITE_KEY_FILE: /keys/crm-write/key\n',
      '',
      /is missing/,
    ],
    [
      'a secret in the open',
      'CRM_WRITE_KEY_FILE: /keys',
      'CRM_WRITE_KEY: x # /keys',
      /in the open/,
    ],
    ['a value that is refused', 'KAFKA_BROKERS: kafka:9092', 'KAFKA_BROKERS: kafka', /host:port/],
    ['a host that is not there', 'http://crm:8090', 'http://helpdesk:8090', /finds no helpdesk/],
    [
      'a port where nobody is',
      'http://intake:8081',
      'http://intake:8082',
      /does not listen on 8082/,
    ],
    [
      'a path that is not mounted',
      '- trust:/keys/trust:ro',
      '- trust:/issuer:ro',
      /nothing is mounted/,
    ],
    [
      'a folder of root',
      '- agent-key:/keys/agent:ro',
      '- agent-key:/root:ro',
      /belong to its user/,
    ],
    [
      'a key of somebody else',
      '- agent-key:/keys/agent:ro',
      '- crm-write-key:/keys/agent:ro',
      /must not/,
    ],
    [
      'a key that may be changed',
      'agent-key:/keys/agent:ro',
      'agent-key:/keys/agent',
      /may change/,
    ],
    ['a wait for nobody', '      kafka: {', '      zookeeper: {', /which is not there/],
    [
      'a wait that never ends',
      'issuer: { condition: service_h',
      'keys: { condition: service_h',
      /by se/,
    ],
    [
      'an agent with a way out',
      'networks: [backbone, targets, model]',
      'networks: [published]',
      /out by/,
    ],
    [
      'an agent that meets the issuer',
      "networks: [published]\n    ports: ['127.0.0.1:8092",
      "networks: [model]\n    ports: ['127.0.0.1:8092",
      /meets issuer/,
    ],
    [
      'a network that is not internal',
      'model: { internal: true }',
      'model: {}',
      /gets out by model/,
    ],
    [
      'a volume that nobody mounts',
      '  eventstore-log:\n',
      '  eventstore-log:\n  more:\n',
      /nobody uses/,
    ],
    ['a volume that is not declared', '  deployment:\n', '', /no volume deployment/],
  ])('would be refused with %s', (_, from, to, problem) => {
    expect(text).toContain(from);
    expect(problemsOf(text.replace(from, to)).join('\n')).toMatch(problem);
  });
});
