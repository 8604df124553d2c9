using Rota.Access;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A store that holds rows of every kind, made by the ways on which they come about.</summary>
public abstract class FilledStoreContract : StoreContract
{
    private static readonly JobTemplate Full = new()
    {
        Kind = "full",
        Queue = "full",
        Project = "tenant",
        Priority = 3,
        Key = "own-key",
        Unique = new Unique("unique-key"),
        Tags = ["customer:7", "größe"],
        Settings = new JobSettings
        {
            MaxAttempts = 1,
            Metadata = new Dictionary<string, string> { ["a"] = "b" },
        }.ToJson(),
        Schedule = "hourly",
    };

    protected async Task FillAsync()
    {
        await FillLostAsync();
        await FillEndedAsync();
        await FillRunningAsync();
        await FillOpenAsync();
        await FillScheduleAsync();
        await FillOthersAsync();
        await FillAccessAsync();
    }

    /// <summary>Inserts a job into a queue of its own, so that the claim takes no other.</summary>
    private async Task<Claimed> RunAsync(string queue)
    {
        await InsertAsync(Plain with { Kind = $"{queue}.kind", Queue = queue });
        return Assert.Single(await ClaimAsync(slots: 1, queues: queue));
    }

    private async Task FillLostAsync()
    {
        await RunAsync("lost");
        await DieAndRescueAsync();
    }

    private async Task FillEndedAsync()
    {
        var succeeded = await RunAsync("succeeded");
        await Store.Attempts.ReportAsync([Line(succeeded, 1), Line(succeeded, 2, "zweite Zeile ✓")], [], Stop);
        await EndAsync(Ended(succeeded, JobEvent.Succeed) with { Output = Json("""{"n":1}"""), HasLog = true });
        await EndAsync(await RunAsync("quiet"), JobEvent.Succeed);
        var failed = await RunAsync("failed");
        await EndAsync(failed, JobEvent.Exhaust);
        await InsertAsync(Plain with { Queue = "failed", RetryOf = failed.Id });
        await CancelAsync(await InsertAsync(Plain with { Queue = "canceled" }));
    }

    private async Task FillRunningAsync()
    {
        var running = await RunAsync("running");
        await Store.Attempts.ReportAsync(
            [Line(running, 1)], [new ProgressNote(running.Id, running.Token, new Progress(1.5, 10, "pages"))], Stop);
        await CancelAsync(running.Id);
        await InsertManyAsync(3, Plain with { Queue = "prefetched" });
        await ClaimAsync(slots: 1, prefetch: 2, queues: "prefetched");
    }

    private async Task FillOpenAsync()
    {
        await EndAsync(await RunAsync("retrying"), JobEvent.Fail);
        await EndAsync(await RunAsync("snoozed"), JobEvent.Snooze);
        var ended = await RunAsync("ended");
        await EndAsync(ended, JobEvent.Exhaust);
        var awaited = await InsertAsync(Full);
        await InsertAsync(Plain with { DependsOn = [ended.Id, awaited], DependencyRule = DependencyRule.AllEnded });
        await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1) });
        var forAnHour = new Unique("for-an-hour", UniqueScope.ForPeriod, TimeSpan.FromHours(1));
        await InsertAsync(Plain with { Unique = forAnHour });
        await InsertManyAsync(3, Plain with { Queue = "many" });
    }

    private async Task FillScheduleAsync()
    {
        var rule = new SchedulePut
        {
            Name = "hourly",
            Project = "default",
            Trigger = new IntervalTrigger(TimeSpan.FromHours(1), Start),
            Kind = "test",
            Args = Json("""{"a":1}"""),
            Options = new JobOptions { Queue = "many", MaxAttempts = 2 },
            SetsSecrets = true,
            SecretToken = "gAAAAA-of-schedule",
            Policy = new RunPolicy { MaxRunning = 3, WhenFull = WhenFull.Queue },
            Owner = "file:schedules.yaml",
            Actor = "ann",
            NextDue = Start,
        };
        var schedule = (await Store.Schedules.PutAsync(rule, Now, Stop)).Schedule!;
        var job = new NewJob(Plain with { Queue = "many", Schedule = "hourly" }, NoArgs);
        await Store.Schedules.FireAsync([new ScheduleFire(schedule,
            [
                new DueOccurrence(Start.AddHours(-1), OccurrenceOutcome.Coalesced, Job: null),
                new DueOccurrence(Start, OccurrenceOutcome.Enqueued, job),
            ], Start.AddHours(1), Start)], Now, Stop);
        await Store.Schedules.PutAsync(rule with { Name = "paused", IsPaused = true, NextDue = null }, Now, Stop);
    }

    private async Task FillOthersAsync()
    {
        await Store.Queues.SetPausedAsync("paused", isPaused: true, Stop);
        await Store.Queues.SetPausedAsync("many", isPaused: false, Stop);
        await Store.Queues.SetMaxRunningAsync("many", 7, Stop);
        await Store.Secrets.SetAsync("api", "gAAAAA-of-api", Now, Stop);
        await Store.Secrets.SetKeyFingerprintAsync("abcdef01", Stop);
        await Store.Memory.SetAsync("hourly", "last", "42", Stop);
        await Store.Memory.SetAsync("hourly", "empty", "", Stop);
        await Store.Nodes.BeatAsync(new NodeBeat { Name = Node, Version = "1", StartedAt = Now }, Now, Stop);
    }

    private async Task FillAccessAsync()
    {
        await Store.Events.PutWebhookAsync(
            new Webhook("chat", "https://chat.example/hook", [EventType.JobFailed], "chat-key", Now)
            {
                Headers = new Dictionary<string, string> { ["X-Team"] = "{{secret:team}}" },
            }, Stop);
        await Store.Access.PutUserAsync(new User("admin", Role.Admin, "hash of a password", Now), Stop);
        var key = new Token { Name = "ci", Hash = new byte[] { 0, 255, 7 }, Role = Role.Operator, CreatedAt = Now };
        await Store.Access.AddTokenAsync(key, replaces: false, Stop);
        await Store.Access.NoteUseAsync(key.Hash, Now, TimeSpan.Zero, Stop);
        await Store.Access.AddTokenAsync(key with
        {
            Name = "session",
            Hash = new byte[] { 1 },
            User = "admin",
            ExpiresAt = Now + TimeSpan.FromDays(1),
        }, replaces: false, Stop);
        await Store.Access.AddAuditAsync(new AuditEntry(0, Now, "admin", "jobs.cancel", "1", """{"why":"x"}""",
            """[{"field":"state","before":"queued","after":"canceled"}]"""), Stop);
        await Store.Access.AddAuditAsync(new AuditEntry(0, Now, "admin", "jobs.list", "", null, null), Stop);
    }
}
