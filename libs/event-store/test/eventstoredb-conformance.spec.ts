import { storeConformance } from '../src/conformance/suite.js';
import { devHarness } from './eventstoredb-harness.js';
import { scratchFolder } from './scratch-folder.js';

storeConformance('the EventStoreDB adapter', devHarness(scratchFolder()));
