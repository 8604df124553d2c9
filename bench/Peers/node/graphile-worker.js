'use strict';
const { Pool } = require('pg');
const { Logger, makeWorkerUtils, run, runMigrations } = require('graphile-worker');
const driver = require('./driver');

const logger = new Logger(() => () => {});
const concurrency = 24;

// Its settings for throughput: jobs are taken 500 at a time, and their ends are written together.
const preset = {
  worker: {
    concurrentJobs: concurrency,
    maxPoolSize: 20,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
};

driver.run({
  init: (connectionString) => runMigrations({ connectionString, logger }),

  async produce(connectionString) {
    const pool = new Pool({ connectionString, max: 16 });
    const utils = await makeWorkerUtils({ pgPool: pool, logger });
    return {
      one: (job) => utils.addJob('noop', job),
      many: (jobs) => utils.addJobs(jobs.map((payload) => ({ identifier: 'noop', payload }))),
    };
  },

  work: (connectionString, handle) =>
    run({ connectionString, logger, preset, noHandleSignals: true, taskList: { noop: async (job) => handle(job) } }),
});
