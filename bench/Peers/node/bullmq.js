'use strict';
const { Queue, Worker } = require('bullmq');
const { Redis } = require('ioredis');
const driver = require('./driver');

const name = 'noop';
const concurrency = 50;
const options = { removeOnComplete: true };

const connect = (address) => new Redis(address, { maxRetriesPerRequest: null });

driver.run({
  init: async () => {},

  async produce(address) {
    const queue = new Queue(name, { connection: connect(address) });
    await queue.waitUntilReady();
    return {
      one: (job) => queue.add(name, job, options),
      many: (jobs) => queue.addBulk(jobs.map((data) => ({ name, data, opts: options }))),
    };
  },

  async work(address, handle) {
    const worker = new Worker(name, async (job) => handle(job.data), { connection: connect(address), concurrency });
    worker.on('error', (error) => console.error(error));
    await worker.waitUntilReady();
  },
});
