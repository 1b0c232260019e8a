import { storeConformance } from '../src/conformance/suite.js';
import { embeddedHarness } from './embedded-harness.js';
import { scratchFolder } from './scratch-folder.js';

storeConformance('the embedded store', embeddedHarness(scratchFolder()));
