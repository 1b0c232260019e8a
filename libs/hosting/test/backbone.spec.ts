import { expect, it } from '@jest/globals';
import { silentLog } from '@countersign/telemetry';
import { openBackbone } from '../src/backbone.js';

it('an address of a store that no client understands is refused by the name of its setting', () => {
  const settings = {
    kafkaBrokers: '127.0.0.1:1',
    eventStoreUrl: 'esdb://a:b@127.0.0.1:2113?tls=x',
  };
  expect(() => openBackbone(settings, 'intake', silentLog)).toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      message: expect.stringMatching(
        /^EVENTSTORE_URL: esdb:\/\/…@127.* is no connection string/,
      ) as unknown,
    }) as Error,
  );
});
