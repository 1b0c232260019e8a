/** Somebody, or some system, that the development issuer speaks for without asking for a proof. */
export interface Persona {
  /** Becomes the token's subject. */
  readonly sub: string;
  readonly name: string;
  readonly email?: string;
  readonly roles: readonly string[];
  /** CloudEvents sources that an upstream system may speak for. */
  readonly sources?: readonly string[];
}

const person = (sub: string, name: string, role: string): Persona => ({
  sub,
  name,
  email: `${sub}@example.test`,
  roles: [role],
});

const upstream = (sub: string, name: string): Persona => ({
  sub,
  name,
  roles: ['upstream'],
  sources: [`https://${sub}.example/tickets`],
});

/** The people and systems of the demo deployment. */
export const demoPersonas: readonly Persona[] = [
  person('ana', 'Ana, support supervisor', 'supervisor'),
  person('ben', 'Ben, support supervisor', 'supervisor'),
  person('lena', 'Lena, second level', 'l2'),
  person('sam', 'Sam, site reliability', 'sre'),
  person('rita', 'Rita, risk owner', 'risk-owner'),
  person('paul', 'Paul, platform owner', 'platform-owner'),
  person('adam', 'Adam, auditor', 'auditor'),
  upstream('shop', 'The web shop'),
  upstream('demo', 'The demo'),
];
