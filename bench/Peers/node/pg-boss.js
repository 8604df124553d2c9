'use strict';
const PgBoss = require('pg-boss');
const driver = require('./driver');

const queue = 'noop';
const loops = 4;
const batchSize = 500;

async function start(connectionString, max) {
  const boss = new PgBoss({ connectionString, max, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  return boss;
}

// Its loop of own making takes twice as many jobs a second as its work(), but polls when the queue is empty; work() is
// what people use where they wait for a job.
async function takeBatches(boss, handle) {
  for (;;) {
    const jobs = await boss.fetch(queue, { batchSize });
    if (jobs.length === 0) return;
    jobs.forEach((job) => handle(job.data));
    await boss.complete(queue, jobs.map((job) => job.id));
  }
}

driver.run({
  async init(address) {
    const boss = await start(address, 2);
    await boss.createQueue(queue);
    await boss.stop({ graceful: false });
  },

  async produce(address) {
    const boss = await start(address, 16);
    return {
      one: (job) => boss.send(queue, job),
      many: (jobs) => boss.insert(jobs.map((data) => ({ name: queue, data }))),
    };
  },

  async work(address, handle) {
    const boss = await start(address, 16);
    for (let loop = 0; loop < loops; loop++) {
      if (driver.command === 'drain') takeBatches(boss, handle).catch(driver.fail);
      else
        await boss.work(queue, { batchSize, pollingIntervalSeconds: 0.5 }, async (jobs) =>
          jobs.forEach((job) => handle(job.data)),
        );
    }
  },
});
