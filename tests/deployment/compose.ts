import { parse } from 'yaml';

/** One container of docker-compose.yml, merged keys resolved, as far as the file uses the format. */
export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly build?: string;
  readonly init?: boolean;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly pids_limit?: number;
  readonly mem_limit?: string;
  readonly tmpfs?: readonly string[];
  readonly restart?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, { aliases?: readonly string[] }>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export const composeFrom = (text: string): ComposeFile =>
  parse(text, { merge: true, uniqueKeys: true }) as ComposeFile;

export interface Mount {
  readonly volume: string;
  readonly path: string;
  readonly readOnly: boolean;
}

export const mountsOf = ({ volumes = [] }: ComposeService): readonly Mount[] =>
  volumes.map((written) => {
    const [volume = '', path = '', mode = 'rw'] = written.split(':');
    return { volume, path, readOnly: mode === 'ro' };
  });

export const networksOf = ({ networks = [] }: ComposeService): readonly string[] =>
  Array.isArray(networks) ? (networks as string[]) : Object.keys(networks);

/** The names by which a container is found on one of its networks. */
export const namesOn = (name: string, { networks }: ComposeService, network: string): string[] => {
  const own = networks as Readonly<Record<string, { aliases?: readonly string[] }>> | undefined;
  const aliases = Array.isArray(networks) ? [] : (own?.[network]?.aliases ?? []);
  return [name, ...aliases];
};

/** Containers that find each other, by the name that one is asked for. */
export const reachable = (file: ComposeFile, from: string, host: string): string | undefined => {
  const own = networksOf(file.services[from]!);
  return Object.entries(file.services).find(
    ([name, service]) =>
      name !== from &&
      networksOf(service).some(
        (network) => own.includes(network) && namesOn(name, service, network).includes(host),
      ),
  )?.[0];
};
