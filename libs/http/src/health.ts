import { Controller, Get, type Type } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from './bearer-guard.js';
import { Problem } from './problem.js';

/** One thing that the service cannot work without. */
export interface ReadinessCheck {
  readonly name: string;
  /** False, a rejection, or no answer within two seconds: not ready. */
  readonly check: () => boolean | Promise<boolean>;
}

export interface HealthOptions {
  readonly service: string;
  readonly version: string;
  /** Store, bus, relay …; never a model or a target, which fail one case and not the service. */
  readonly checks: readonly ReadinessCheck[];
}

const patienceMs = 2_000;

/** A controller for `/livez` (the process answers), `/readyz` (its checks hold) and `/version`. */
export const healthController = ({ service, version, checks }: HealthOptions): Type<unknown> => {
  @ApiTags('health')
  @Public()
  @Controller()
  class HealthController {
    @Get('livez')
    @ApiOperation({ summary: 'The process answers' })
    livez() {
      return { status: 'live' };
    }

    @Get('readyz')
    @ApiOperation({ summary: 'Whether it can work: store, bus and what else it needs' })
    async readyz() {
      const states = await statesOf(checks);
      if (Object.values(states).includes('failing')) throw notReady(service, states);
      return { status: 'ready', service, checks: states };
    }

    @Get('version')
    @ApiOperation({ summary: 'Which service of which version this is' })
    version() {
      return { service, version };
    }
  }
  return HealthController;
};

/** How each of the checks stands now, by its name. */
export type CheckStates = Readonly<Record<string, 'ok' | 'failing'>>;

export const statesOf = async (checks: readonly ReadinessCheck[]): Promise<CheckStates> => {
  const results = await Promise.all(checks.map(holds));
  return Object.fromEntries(
    checks.map(({ name }, n) => [name, results[n] ? 'ok' : 'failing'] as const),
  );
};

/** 503, and which of its checks say so. */
export const notReady = (service: string, checks: CheckStates): Problem =>
  new Problem(503, 'not-ready', 'The service is not ready', {
    members: { service, checks },
    headers: { 'retry-after': '5' },
  });

const holds = async ({ check }: ReadinessCheck): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs);
  });
  try {
    return await Promise.race([Promise.resolve(check()), patience]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
};
