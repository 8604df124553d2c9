using Rota.Events;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What every store must do with events and webhooks.</summary>
public abstract class EventContract : StoreContract
{
    private IEventStore Events => Store.Events;

    private static NewEvent Event(string source, EventType type = EventType.JobFailed) => new(type, Start, source);

    private async Task<IReadOnlyList<RotaEvent>> AllAsync() => await Events.ReadAsync(0, [], 10_000, Stop);

    [Fact]
    public async Task What_was_written_is_read_in_order_from_a_place_on()
    {
        Assert.Equal(0, await Events.LastIdAsync(Stop));
        var full = new NewEvent(EventType.OccurrenceMissed, Start, "nightly")
        {
            JobId = new JobId(7),
            DueAt = Start.AddHours(-1),
            Count = 3,
            Actor = "ann",
            Text = "late",
        };
        await Events.AppendAsync([Event("a"), full], Stop);
        await Events.AppendAsync([Event("b", EventType.NodeStarted)], Stop);

        var all = await AllAsync();
        Assert.Equal(["a", "nightly", "b"], all.Select(one => one.Source));
        Assert.Equal(new RotaEvent(all[1].Id, EventType.OccurrenceMissed, Start, "nightly", new JobId(7),
            Start.AddHours(-1), 3, "ann", "late"), all[1]);
        Assert.Equal(all[^1].Id, await Events.LastIdAsync(Stop));
        Assert.Equal(["nightly"], (await Events.ReadAsync(all[0].Id, [], 1, Stop)).Select(one => one.Source));
        Assert.Empty(await Events.ReadAsync(all[^1].Id, [], 10, Stop));
    }

    [Fact]
    public async Task A_list_is_newest_first_by_type_and_source_page_by_page()
    {
        await Events.AppendAsync([Event("a"), Event("b"), Event("a", EventType.NodeStarted), Event("a")], Stop);
        var all = await AllAsync();

        async Task<IEnumerable<long>> ListAsync(EventFilter filter, long? before = null, int limit = 10) =>
            (await Events.ListAsync(filter, before, limit, Stop)).Select(one => one.Id);

        Assert.Equal(all.Reverse().Select(one => one.Id), await ListAsync(new EventFilter()));
        Assert.Equal([all[3].Id, all[0].Id], await ListAsync(new EventFilter([EventType.JobFailed], "a")));
        Assert.Equal([all[2].Id], await ListAsync(new EventFilter([EventType.NodeStarted, EventType.NodeStopped])));
        Assert.Equal([all[1].Id, all[0].Id], await ListAsync(new EventFilter(), before: all[2].Id));
        Assert.Equal([all[3].Id], await ListAsync(new EventFilter(), limit: 1));
    }

    [Fact]
    public async Task Changes_and_occurrences_of_a_schedule_are_events()
    {
        var put = HourlyTick;
        var schedule = (await Store.Schedules.PutAsync(put, Now, Stop)).Schedule!;
        await Store.Schedules.PutAsync(put, Now, Stop);
        var job = new NewJob(Plain with { Unique = new Unique("u") }, NoArgs);
        DueOccurrence[] due =
        [
            new(Start.AddHours(-3), OccurrenceOutcome.Missed, null),
            new(Start.AddHours(-2), OccurrenceOutcome.Missed, null),
            new(Start, OccurrenceOutcome.Enqueued, job), new(Start.AddHours(1), OccurrenceOutcome.Enqueued, job),
        ];
        var fire = new ScheduleFire(schedule, due, Start.AddHours(2), Start.AddHours(1)) { Unrecorded = 5 };
        await Store.Schedules.FireAsync([fire], Now, Stop);
        await Store.Schedules.FireAsync([fire], Now, Stop);
        await Store.Schedules.PauseAsync("tick", "bob", Now, Stop);
        await Store.Schedules.ResumeAsync("tick", 2, Start, "bob", Now, Stop);
        await Store.Schedules.RemoveAsync(new ScheduleRemove("tick", null, false, "carl"), Now, Stop);

        var all = await AllAsync();
        Assert.Equal(
            """
            schedule.made ann, occurrence.missed x7, occurrence.enqueued, occurrence.skipped, schedule.paused bob,
            schedule.resumed bob, schedule.removed carl
            """.ReplaceLineEndings(" "),
            string.Join(", ", all.Select(one => EventNames.Name(one.Type)
                + (one.Actor is { } actor ? $" {actor}" : "") + (one.Count > 1 ? $" x{one.Count}" : ""))));
        Assert.Equal((Start, all[3].JobId), (all[2].DueAt, all[2].JobId));
        Assert.Equal(Start.AddHours(-2), all[1].DueAt);
        Assert.All(all, one => Assert.Equal("tick", one.Source));
    }

    [Fact]
    public async Task Missed_due_times_that_become_no_row_are_an_event_all_the_same()
    {
        const int Unrecorded = 100_000;
        var schedule = (await Store.Schedules.PutAsync(HourlyTick, Now, Stop)).Schedule!;
        var last = Start.AddHours(Unrecorded - 1);

        await Store.Schedules.FireAsync(
            [new ScheduleFire(schedule, [], last.AddHours(1), last) { Unrecorded = Unrecorded }], Now, Stop);

        var missed = (await AllAsync())[^1];
        Assert.Equal((EventType.OccurrenceMissed, last, Unrecorded), (missed.Type, missed.DueAt, missed.Count));
    }

    [Fact]
    public async Task Ends_of_scheduled_jobs_and_failures_of_all_are_events()
    {
        var ofSchedule = Plain with { Schedule = "tick", Settings = new JobSettings { MaxAttempts = 1 }.ToJson() };
        await EndAsync(await InsertAndClaimAsync(), JobEvent.Succeed);
        await EndAsync(await InsertAndClaimAsync(ofSchedule), JobEvent.Succeed);
        await EndAsync(await InsertAndClaimAsync(), JobEvent.Exhaust);
        await EndAsync(await InsertAndClaimAsync(ofSchedule), JobEvent.Exhaust);
        var canceled = await InsertAndClaimAsync(ofSchedule);
        await CancelAsync(canceled.Id);
        await EndAsync(canceled, JobEvent.Fail);
        Assert.False(await EndAsync(canceled, JobEvent.Exhaust)); // it is refused, and no event
        var kept = await InsertAndClaimAsync();
        await EndAsync(kept, JobEvent.Fail);
        var unkept = Ended(await InsertAndClaimAsync(ofSchedule), JobEvent.Succeed) with { IsKept = false };
        await EndAsync(unkept);
        await InsertAndClaimAsync(ofSchedule);
        await DieAndRescueAsync(crashesMax: 1);

        var all = await AllAsync();
        Assert.Equal("job.succeeded tick, job.failed test, job.failed tick, job.canceled tick, job.succeeded tick, "
            + "job.failed tick",
            string.Join(", ", all.Select(one => $"{EventNames.Name(one.Type)} {one.Source}")));
        Assert.Equal([null, "it broke", "it broke"], all.Take(3).Select(one => one.Text));
        Assert.Equal((canceled.Id, Now), (all[3].JobId, all[3].At));
        Assert.Contains("quarantine", all[5].Text);
    }

    [Fact]
    public async Task Each_event_is_delivered_once_however_many_nodes_deliver()
    {
        await Events.AppendAsync([Event("before")], Stop);
        await Events.PutWebhookAsync(new Webhook("chat", "https://chat.example", [], null, Now), Stop);
        await Events.AppendAsync([.. Enumerable.Range(0, 300).Select(number => Event($"{number}"))], Stop);
        IReadOnlyList<NewJob> ToJobs(RotaEvent one) =>
            one.Source == "7" ? [] : [new NewJob(Plain with { Key = $"event-{one.Id}" }, NoArgs)];

        while ((await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Events.DeliverAsync(50, ToJobs, Now, Stop))))
            .Sum() > 0)
        {
            // Some wait for others, and then find less.
        }

        Assert.Equal(299, (await Jobs.ListAsync(new JobFilter(), null, 1_000, Stop)).Count);
        Assert.Equal(0, await Events.DeliverAsync(50, ToJobs, Now, Stop));
    }

    [Fact]
    public async Task A_kind_that_only_a_later_event_asks_for_is_enqueued_too()
    {
        await Events.PutWebhookAsync(new Webhook("chat", "https://chat.example", [], null, Now), Stop);
        await Events.AppendAsync([Event("unwanted"), Event("wanted")], Stop);
        var job = new NewJob(new JobTemplate { Kind = "never.seen", Queue = "never-seen" }, NoArgs);

        Assert.Equal(2, await Events.DeliverAsync(10, one => one.Source == "wanted" ? [job] : [], Now, Stop));
        Assert.Equal("never.seen", Assert.Single(await Jobs.ListAsync(new JobFilter(), null, 10, Stop)).Kind);
    }

    [Fact]
    public async Task A_delivery_that_fails_leaves_its_events_to_the_next_one()
    {
        await Events.PutWebhookAsync(new Webhook("chat", "https://chat.example", [], null, Now), Stop);
        await Events.AppendAsync([Event("a"), Event("b")], Stop);
        await Assert.ThrowsAsync<InvalidFieldException>(() => Events.DeliverAsync(
            10, _ => [new NewJob(Plain with { DependsOn = [new JobId(999)] }, NoArgs)], Now, Stop));

        Assert.Empty(await Jobs.ListAsync(new JobFilter(), null, 10, Stop));
        Assert.Equal(2, await Events.DeliverAsync(10, _ => [new NewJob(Plain, NoArgs)], Now, Stop));
        Assert.Equal(2, (await Jobs.ListAsync(new JobFilter(), null, 10, Stop)).Count);
    }

    [Fact]
    public async Task Old_events_are_dropped_and_ids_go_on()
    {
        await Events.AppendAsync([Event("a"), Event("b"), Event("c")], Stop);
        await Events.DropOldAsync(Start.AddDays(7), 10, Stop);
        Assert.Equal(3, (await AllAsync()).Count);

        var last = await Events.LastIdAsync(Stop);
        await Events.DropOldAsync(Start.AddDays(8), 10, Stop);
        Assert.InRange((await AllAsync()).Count, 0, 1);
        await Events.AppendAsync([new NewEvent(EventType.NodeStarted, Start.AddDays(9), "d")], Stop);
        Assert.True(await Events.LastIdAsync(Stop) > last);
    }

    [Fact]
    public async Task Old_events_are_dropped_in_lots_the_oldest_first()
    {
        await Events.AppendAsync([Event("a"), Event("b"), Event("c"), Event("d"), Event("e")], Stop);
        await Events.AppendAsync([new NewEvent(EventType.NodeStarted, Start.AddDays(9), "new")], Stop);

        Assert.Equal(2, await Events.DropOldAsync(Start.AddDays(8), 2, Stop));
        Assert.Equal(["c", "d", "e", "new"], (await AllAsync()).Select(one => one.Source));
        Assert.Equal(2, await Events.DropOldAsync(Start.AddDays(8), 2, Stop));
        Assert.Equal(1, await Events.DropOldAsync(Start.AddDays(8), 2, Stop));
        Assert.Equal(0, await Events.DropOldAsync(Start.AddDays(8), 2, Stop));
        Assert.Equal("new", Assert.Single(await AllAsync()).Source);
    }

    [Fact]
    public async Task Webhooks_are_put_listed_replaced_and_removed()
    {
        EventType[] types = [EventType.JobFailed, EventType.NodeStopped];
        var chat = new Webhook("chat", "https://chat.example", types, "key", Now);
        Assert.True(await Events.PutWebhookAsync(chat, Stop));
        Assert.True(await Events.PutWebhookAsync(chat with { Name = "all", Types = [], Secret = null }, Stop));
        var headers = new Dictionary<string, string> { ["X-Team"] = "tea", ["X-Key"] = "{{secret:key}}" };
        Assert.False(await Events.PutWebhookAsync(
            chat with { Url = "https://other.example", Headers = headers }, Stop));

        var listed = await Events.ListWebhooksAsync(Stop);
        Assert.Equal(["all", "chat"], listed.Select(one => one.Name));
        Assert.Equal(("https://other.example", "key"), (listed[1].Url, listed[1].Secret));
        Assert.Equal(chat.Types, listed[1].Types);
        Assert.Empty(listed[0].Types);
        Assert.Empty(listed[0].Headers);
        Assert.Equal(headers.OrderBy(one => one.Key), listed[1].Headers.OrderBy(one => one.Key));
        Assert.True(await Events.RemoveWebhookAsync("all", Stop));
        Assert.False(await Events.RemoveWebhookAsync("all", Stop));
    }
}
