export { KafkaCannotStart, type KafkaObstacle } from './errors.js';
export { defaultCacheFolder, kafkaVersion, type DownloadProgress } from './jars.js';
export { startKafka, type Kafka, type KafkaOptions } from './start-kafka.js';
