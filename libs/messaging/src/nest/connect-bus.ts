import type { INestApplication, INestMicroservice } from '@nestjs/common';
import type { NestMicroservice } from '@nestjs/microservices';
import type { BusStrategy } from './bus-strategy.js';
import { KeepCause } from './keep-cause.js';

/**
 * Adds the bus to an application whose handlers are `@OnMessage` methods; `startAllMicroservices`
 * then begins to consume, `app.close` ends it.
 */
export const connectBus = (app: INestApplication, strategy: BusStrategy): INestMicroservice => {
  // Filters must be known before the listeners are built, which connecting does at once by default.
  const options = { deferInitialization: true };
  const microservice = app.connectMicroservice({ strategy }, options) as NestMicroservice;
  microservice.useGlobalFilters(new KeepCause());
  microservice.registerListeners();
  microservice.setIsInitialized(true);
  microservice.setIsInitHookCalled(true);
  return microservice;
};
