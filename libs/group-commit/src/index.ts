export { FileUnusable, type Unusable } from './file-unusable.js';
export { joinFile, openFile } from './open-file.js';
export * from './port.js';
