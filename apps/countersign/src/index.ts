export { startProduct, type Product, type ProductOptions } from './host/start-product.js';
export { settingsTable, type Settings } from './settings.js';
export {
  startServicesProduct,
  type ServicesProduct,
  type ServicesProductOptions,
} from './host/start-services-product.js';
export type { KeptProcess, ProcessNews } from './host/kept-process.js';
