"""Celery with two processes and its prefetch raised to 64; it has no call for many jobs."""
import sys

from celery import Celery
from celery.signals import worker_ready

import driver

app = Celery("noop", broker=driver.address)
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=64, worker_redirect_stdouts=False)
marks = driver.Marks()


@app.task(name="noop")
def noop(job):
    marks.add(job["sent"])


def one(job):
    noop.apply_async((job,))


def many(jobs):
    for job in jobs:
        one(job)


@worker_ready.connect
def when_ready(**_):
    if driver.command == "pickup":
        driver.say("ready")


def work():
    if driver.command == "drain":
        driver.say("ready")
        sys.stdin.readline()
    driver.end_with_input()
    app.worker_main(["worker", "--pool=prefork", "--concurrency=2", "--loglevel=CRITICAL",
                     "--without-gossip", "--without-mingle", "--without-heartbeat"])


if driver.command in ("drain", "pickup"):
    work()
else:
    driver.produce(one, many)
