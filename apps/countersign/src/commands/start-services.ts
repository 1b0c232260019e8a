import type { DownloadNews } from '../host/kept-broker.js';
import type { ProcessNews } from '../host/kept-process.js';
import { keepSecretsHere, type Settings } from '../settings.js';
import { tokenFor } from './front-door.js';
import { duration, plain, type Write } from './print.js';
import { announcement, stopOnSignal } from './start.js';

/** `start-services`: five processes over Kafka and an event store, until Ctrl-C. */
export const startServices = async (settings: Settings, write: Write): Promise<void> => {
  const startedAt = performance.now();
  keepSecretsHere();
  const { startServicesProduct } = await import('../host/start-services-product.js');
  // What has been started by then ends with this process.
  const giveUp = () => {
    write('stopped before it was up: nothing is lost, start again to go on');
    process.exit(1);
  };
  process.on('SIGINT', giveUp).on('SIGTERM', giveUp);
  const product = await startServicesProduct({ settings, onNews: teller(write) });
  const { addresses } = product;
  const at = { frontDoor: addresses.approvals, issuer: addresses.issuer };
  const token = await tokenFor(at, 'demo');
  // Listening for Ctrl-C before it is said that it works.
  const stopped = stopOnSignal(product, write);
  process.off('SIGINT', giveUp).off('SIGTERM', giveUp);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  announcement(addresses, settings, token, seconds).forEach(write);
  await stopped;
};

const nameWidth = 14;
/** Files of a download between two lines, where lines cannot be written over. */
const filesATime = 15;

/** Says in a line what happens to a part of the product. */
const teller = (write: Write): ((part: string, news: ProcessNews | DownloadNews) => void) => {
  let toldFiles = 0;
  return (part, news) => {
    const tell = (text: string) => write(`  ${part.padEnd(nameWidth)} ${plain(text)}`);
    switch (news.kind) {
      case 'download':
        if (news.files < toldFiles + filesATime && news.files < news.filesExpected) return;
        toldFiles = news.files;
        tell(
          `downloading, ${news.files} of about ${news.filesExpected} files, ${news.megabytes} MB`,
        );
        return;
      case 'up':
        tell(`up after ${duration(news.afterMs)}`);
        return;
      case 'ended':
        tell(`ended (${news.how}); starts again in ${duration(news.againInMs)}`);
        return;
      case 'said':
        tell(news.line);
        return;
    }
  };
};
