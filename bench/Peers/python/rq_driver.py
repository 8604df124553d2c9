"""RQ with two of its workers that fork no process for each job; those that do run less than a hundred jobs a second."""
import logging
import multiprocessing
import sys

import redis
import rq

import driver

WORKERS = 2
connection = redis.Redis.from_url(driver.address)
queue = rq.Queue("noop", connection=connection)


def noop(job):
    marks.add(job["sent"])


def one(job):
    queue.enqueue("rq_driver.noop", job, result_ttl=0)


def many(jobs):
    queue.enqueue_many([rq.Queue.prepare_data("rq_driver.noop", args=(job,), result_ttl=0) for job in jobs])


def run_worker():
    logging.disable(logging.WARNING)
    own = redis.Redis.from_url(driver.address)
    rq.SimpleWorker([rq.Queue("noop", connection=own)], connection=own).work()


def work():
    if driver.command == "drain":
        driver.say("ready")
        sys.stdin.readline()
    driver.end_with_input()
    workers = [multiprocessing.Process(target=run_worker) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    if driver.command == "pickup":
        driver.say("ready")
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    # A worker finds the handler by the name of this module, not as the program that runs.
    sys.modules["rq_driver"] = sys.modules["__main__"]
    if driver.command in ("drain", "pickup"):
        marks = driver.Marks()
        work()
    else:
        driver.produce(one, many)
