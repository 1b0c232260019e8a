export { FileUnusable, type Unusable } from './file-unusable.js';
export { openFile } from './open-file.js';
export * from './port.js';
