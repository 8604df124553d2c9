'use strict';
// The part that all drivers for Node.js share; docs/performance.md has the protocol. A peer gives three functions:
//   init(address)            makes its tables
//   produce(address)         connects; gives { one(job), many(jobs) }, whose promises end with the acknowledgement
//   work(address, handle)    starts its worker, which calls handle(job) for each job
const readline = require('node:readline');

const bulkSize = 1_000;
const warmCalls = 1_000;
const callers = 16;

const input = readline.createInterface({ input: process.stdin });
const go = new Promise((resolve) => input.once('line', resolve));
input.once('close', () => process.exit(0));

const now = () => Number(process.hrtime.bigint());
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (event, facts) => process.stdout.write(JSON.stringify({ event, ...facts }) + '\n');
const newJob = (number) => ({ number, sent: now() });

async function drain(peer, count, address) {
  const warm = Math.ceil(count / 10);
  let seen = 0;
  let start = 0;
  say('ready');
  await go;
  await peer.work(address, () => {
    seen++;
    if (seen === warm) {
      start = now();
      say('warm');
    }
    if (seen === count) say('done', { jobs: count - warm, seconds: (now() - start) / 1e9 });
  });
}

async function pickup(peer, count, address) {
  const waits = [];
  await peer.work(address, (job) => {
    const wait = (now() - job.sent) / 1e6;
    if (waits.push(wait) === count) say('done', { jobs: count, waits_ms: waits });
  });
  say('ready');
}

const sends = {
  async enqueue(producer, count) {
    for (let number = 0; number < count; number++) await producer.one(newJob(number));
  },

  async enqueue_16(producer, count) {
    let number = 0;
    const call = async () => {
      while (number < count) await producer.one(newJob(number++));
    };
    await Promise.all(Array.from({ length: callers }, call));
  },

  async bulk(producer, count) {
    for (let at = 0; at < count; at += bulkSize) {
      const size = Math.min(bulkSize, count - at);
      await producer.many(Array.from({ length: size }, (_, number) => newJob(at + number)));
    }
  },

  // One after the other, with 15 to 45 ms between them.
  async paced(producer, count) {
    for (let number = 0; number < count; number++) {
      await pause(15 + 30 * Math.random());
      await producer.one(newJob(number));
    }
  },

  // 500 a second, whether the answers come or not.
  async steady(producer, count) {
    const start = now();
    const calls = [];
    while (calls.length < count) {
      const due = Math.min(count, Math.floor(((now() - start) / 1e9) * 500) + 1);
      while (calls.length < due) calls.push(producer.one(newJob(calls.length)));
      await pause(1);
    }
    await Promise.all(calls);
  },
};

async function produce(peer, command, count, address) {
  const producer = await peer.produce(address);
  if (command.startsWith('enqueue')) await sends[command](producer, warmCalls);
  if (command === 'bulk') await sends.bulk(producer, bulkSize);
  say('ready');
  await go;
  const start = now();
  await sends[command](producer, count);
  say('done', { jobs: count, seconds: (now() - start) / 1e9 });
}

exports.command = process.argv[2];

exports.fail = (error) => {
  console.error(error);
  process.exit(1);
};

exports.run = async (peer) => {
  const command = exports.command;
  const [count, address] = [Number(process.argv[3]), process.argv[4]];
  try {
    if (command === 'drain') await drain(peer, count, address);
    else if (command === 'pickup') await pickup(peer, count, address);
    else if (command in sends) await produce(peer, command, count, address);
    else {
      await peer.init(address);
      process.exit(0);
    }
  } catch (error) {
    exports.fail(error);
  }
};
