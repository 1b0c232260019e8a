// Starts a broker in the folder of its argument and says its process id.
const { startKafka } = await import('../dist/index.js');
const kafka = await startKafka({ folder: process.argv[2]!, port: 0 });
console.log(kafka.pid);

export {};
