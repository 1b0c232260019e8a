export { startProduct, type Product, type ProductOptions } from './host/start-product.js';
export { settingsTable, type Settings } from './settings.js';
