import { busConformance } from '../src/conformance/suite.js';
import { embeddedHarness } from './embedded-harness.js';
import { scratchFolder } from './scratch-folder.js';

busConformance('the embedded bus', embeddedHarness(scratchFolder()));
