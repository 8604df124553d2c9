"""APScheduler with its schedules in memory or in PostgreSQL. What is late runs late: nothing is skipped or joined."""
import logging
import sys
import time
from datetime import datetime, timedelta, timezone

from apscheduler.events import EVENT_JOB_SUBMITTED
from apscheduler.schedulers.background import BackgroundScheduler

import driver

ADDED_PER_SECOND = 100
INSTANCES_MAX = 1_000

due = [[] for _ in range(driver.count)]
started = [[] for _ in range(driver.count)]


def tick(number):
    started[number].append(time.time())


def note(event):
    due[int(event.job_id)].extend(event.scheduled_run_times)


def schedule():
    logging.disable(logging.CRITICAL)
    scheduler = BackgroundScheduler(timezone=timezone.utc)
    if driver.address.startswith("postgres"):
        scheduler.add_jobstore("sqlalchemy", url=driver.address.replace("postgres:", "postgresql:", 1))
    scheduler.add_listener(note, EVENT_JOB_SUBMITTED)
    scheduler.start(paused=True)
    anchor = datetime.now(timezone.utc) + timedelta(seconds=2 + driver.count / ADDED_PER_SECOND)
    for number in range(driver.count):
        scheduler.add_job(
            "apscheduler_driver:tick", "interval", seconds=1, args=[number], id=str(number),
            start_date=anchor + timedelta(microseconds=1_000_000 * number // driver.count),
            misfire_grace_time=None, coalesce=False, max_instances=INSTANCES_MAX)
    scheduler.resume()
    driver.say("ready", anchor=micros(anchor))
    sys.stdin.readline()
    # The executor takes what is submitted in its order: the first start is that of the first due time.
    driver.say("done", runs=[
        [number, micros(at), int(start * 1_000_000)]
        for number in range(driver.count) for at, start in zip(due[number], started[number])])
    sys.stdin.read()


def micros(instant):
    return int((instant - datetime(1970, 1, 1, tzinfo=timezone.utc)) / timedelta(microseconds=1))


if __name__ == "__main__":
    # A job finds its function by the name of this module, not as the program that runs.
    sys.modules["apscheduler_driver"] = sys.modules["__main__"]
    if driver.command == "schedules":
        schedule()
