using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Rota.Events;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Events;

public sealed class ListenerTests
{
    private static readonly TestBody Nothing = (_, _, _) => Task.FromResult(JobResult.Complete);

    private static Task<TestHost> StartAsync(Heard heard) => TestHost.StartAsync(Nothing, build: rota =>
    {
        rota.Services.AddSingleton(heard);
        rota.AddListener<Throwing>();
        rota.AddListener<Noting>();
    });

    [Fact]
    public async Task A_listener_hears_of_changes_and_occurrences_even_beside_one_that_throws()
    {
        var heard = new Heard();
        await using var host = await StartAsync(heard);
        await host.Get<ScheduleOperations>().PutAsync(new ScheduleDefinition
        {
            Name = "tick",
            Trigger = new IntervalTrigger(TimeSpan.FromMilliseconds(100), TimeProvider.System.GetUtcNow()),
            Kind = "test.run",
        }, "ann", CancellationToken.None);

        await TestHost.UntilAsync(
            () => Task.FromResult(heard.Of(EventType.OccurrenceEnqueued).Count >= 3), () => "it was not heard of");
        Assert.Equal("ann", Assert.Single(heard.Of(EventType.ScheduleMade)).Actor);
        var enqueued = heard.Of(EventType.OccurrenceEnqueued);
        Assert.Equal(enqueued.Count, enqueued.Select(one => one.DueAt).Distinct().Count());
        Assert.All(enqueued, one => Assert.NotNull(one.JobId));
    }

    [Fact]
    public async Task A_failure_is_heard_of_with_its_reason_and_a_job_without_a_schedule_succeeds_in_silence()
    {
        var heard = new Heard();
        await using var host = await TestHost.StartAsync(
            (args, _, _) => args.Number == 1 ? throw new InvalidOperationException("the cup is empty")
                : Task.FromResult(JobResult.Complete),
            build: rota =>
            {
                rota.Services.AddSingleton(heard);
                rota.AddListener<Noting>();
            });
        await host.RunAsync();
        var failed = await host.EnqueueAsync(new JobOptions { MaxAttempts = 1 }, number: 1);

        await TestHost.UntilAsync(
            () => Task.FromResult(heard.Of(EventType.JobFailed).Count > 0), () => "it was not heard of");
        var one = Assert.Single(heard.Of(EventType.JobFailed));
        Assert.Equal((failed, "test.run", "the cup is empty"), (one.JobId, one.Source, one.Text));
        Assert.Empty(heard.Of(EventType.JobSucceeded));
    }

    [Fact]
    public async Task What_an_event_does_not_carry_is_found_by_its_job()
    {
        var heard = new Heard();
        await using var host = await TestHost.StartAsync(
            (_, job, _) => job.Metadata.ContainsKey("due_at") && heard.Of(EventType.JobFailed).Count == 0
                ? throw new InvalidOperationException("the cup is empty")
                : Task.FromResult(JobResult.CompleteWith(new { cups = 3 })),
            build: rota =>
            {
                rota.Services.AddSingleton(heard);
                rota.AddListener<Noting>();
            });
        await host.Get<ScheduleOperations>().PutAsync(new ScheduleDefinition
        {
            Name = "tick",
            Trigger = new IntervalTrigger(TimeSpan.FromMilliseconds(100), TimeProvider.System.GetUtcNow()),
            Kind = "test.run",
            Options = new JobOptions { MaxAttempts = 1 },
        }, "ann", CancellationToken.None);
        await TestHost.UntilAsync(() => Task.FromResult(heard.Of(EventType.JobSucceeded).Count > 0),
            () => "none succeeded");

        var failed = heard.Of(EventType.JobFailed)[0].JobId!.Value;
        var attempt = Assert.Single(await host.AttemptsAsync(failed));
        Assert.Equal("the cup is empty", (await host.GetAsync(failed)).Error);
        Assert.Contains(nameof(What_an_event_does_not_carry_is_found_by_its_job), attempt.Error!.Stack);
        var succeeded = await host.GetAsync(heard.Of(EventType.JobSucceeded)[0].JobId!.Value);
        Assert.Equal("""{"cups":3}""", TestHost.Text(succeeded.Output));
        var due = Assert.Single(heard.Of(EventType.OccurrenceEnqueued), one => one.JobId == succeeded.Id).DueAt;
        var metadata = JobSettings.Parse(succeeded.Settings).Metadata!;
        Assert.Equal(due, DateTimeOffset.Parse(metadata["due_at"], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_listener_is_told_only_of_the_types_that_it_was_registered_for()
    {
        var (all, direct) = (new Heard(), new Direct());
        var some = new Some();
        await using var host = await TestHost.StartAsync(Nothing, build: rota =>
        {
            rota.Services.AddSingleton(all).AddSingleton(some).AddSingleton<IEventListener>(direct);
            rota.AddListener<Noting>();
            rota.AddListener<Masked>(EventType.SchedulePaused);
            rota.AddListener<Masked>(EventType.SchedulePaused, EventType.ScheduleRemoved); // as a second part may say
        });
        var schedules = host.Get<ScheduleOperations>();
        await schedules.PutAsync(new ScheduleDefinition
        {
            Name = "tea",
            Trigger = new OnceTrigger(TimeProvider.System.GetUtcNow().AddDays(1)),
            Kind = "test.run",
        }, "ann", CancellationToken.None);
        await schedules.PauseAsync("tea", "ann", CancellationToken.None);
        await schedules.ResumeAsync("tea", "ann", CancellationToken.None);
        await schedules.RemoveAsync("tea", null, takesOver: false, "ann", CancellationToken.None);

        EventType[] changes = [EventType.ScheduleMade, EventType.SchedulePaused, EventType.ScheduleResumed,
            EventType.ScheduleRemoved];
        await TestHost.UntilAsync(() => Task.FromResult(all.Of(EventType.ScheduleRemoved).Count > 0
                && direct.Heard.Of(EventType.ScheduleRemoved).Count > 0
                && some.Heard.Of(EventType.ScheduleRemoved).Count > 0),
            () => "it was not heard of");
        Assert.Equal(changes, all.Types.Intersect(changes));
        Assert.Equal(all.Types, direct.Heard.Types);
        Assert.Equal([EventType.SchedulePaused, EventType.ScheduleRemoved], some.Heard.Types);
    }

    [Fact]
    public void An_event_that_there_is_not_is_refused_by_name()
    {
        var rota = new RotaBuilder(new ServiceCollection());

        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => rota.AddListener<Noting>(EventType.JobFailed, (EventType)99));

        Assert.Equal(("types", (EventType)99), (error.ParamName, error.ActualValue));
        Assert.Empty(rota.Services);
    }

    [Fact]
    public async Task A_listener_that_never_ends_holds_up_no_schedule_no_other_listener_and_no_stop()
    {
        var (heard, other) = (new Heard { Hangs = true }, new Direct());
        await using var host = await TestHost.StartAsync(Nothing, build: rota =>
        {
            rota.Services.AddSingleton(heard);
            rota.AddListener<Noting>();
            rota.Services.AddSingleton<IEventListener>(other);
        });
        await host.Get<ScheduleOperations>().PutAsync(new ScheduleDefinition
        {
            Name = "tick",
            Trigger = new IntervalTrigger(TimeSpan.FromMilliseconds(100), TimeProvider.System.GetUtcNow()),
            Kind = "test.run",
        }, "ann", CancellationToken.None);

        await TestHost.UntilAsync(async () => (await host.Get<EventOperations>().ListAsync(
                new EventFilter([EventType.OccurrenceEnqueued]), null, 100, CancellationToken.None)).Count > 5,
            () => "the schedule stood still");
        await TestHost.UntilAsync(() => Task.FromResult(other.Heard.Of(EventType.OccurrenceEnqueued).Count > 5),
            () => "the other listener heard nothing");
        Assert.Equal(1, heard.Count);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_slow_listener_falls_behind_and_hears_of_everything_in_order()
    {
        var heard = new Heard { Takes = TimeSpan.FromMilliseconds(30) };
        await using var host = await StartAsync(heard);
        var now = TimeProvider.System.GetUtcNow();
        await host.Get<EventOperations>().AppendAsync([.. Enumerable.Range(0, 100)
            .Select(number => new NewEvent(EventType.ProcessFatal, now, $"{number}"))], CancellationToken.None);
        var behind = heard.Of(EventType.ProcessFatal).Count;

        await TestHost.UntilAsync(() => Task.FromResult(heard.Of(EventType.ProcessFatal).Count >= 100),
            () => "not all was heard");
        Assert.InRange(behind, 0, 99);
        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"{number}"),
            heard.Of(EventType.ProcessFatal).Select(one => one.Source));
    }

    [Fact]
    public async Task A_node_says_when_it_starts_and_stops()
    {
        var folder = Directory.CreateTempSubdirectory("rota-events-").FullName;
        await (await TestHost.StartAsync(Nothing, folder: folder)).StopAsync();
        await using (var again = await TestHost.StartAsync(Nothing, folder: folder))
        {
            var events = await again.Get<EventOperations>().ListAsync(
                new EventFilter(Source: "node-a"), null, 10, CancellationToken.None);
            Assert.Equal([EventType.NodeStopped, EventType.NodeStarted],
                events.Select(one => one.Type).SkipWhile(type => type == EventType.NodeStarted));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Names_of_events_are_read_back()
    {
        Assert.Equal("occurrence.enqueued", EventNames.Name(EventType.OccurrenceEnqueued));
        Assert.All(EventNames.All, name => Assert.Equal(name, EventNames.Name(EventNames.Parse("type", name))));
        var error = Assert.Throws<InvalidFieldException>(() => EventNames.Parse("type", "job.late"));
        Assert.Contains("job.failed", error.Hint);
    }
}

public sealed class Heard
{
    private readonly ConcurrentQueue<RotaEvent> _events = new();

    public bool Hangs { get; init; }

    public TimeSpan Takes { get; init; }

    public int Count => _events.Count;

    public List<RotaEvent> Of(EventType type) => [.. _events.Where(one => one.Type == type)];

    public List<EventType> Types => [.. _events.Select(one => one.Type)];

    public void Add(RotaEvent one) => _events.Enqueue(one);
}

public sealed class Some
{
    public Heard Heard { get; } = new();
}

public sealed class Masked(Some some) : IEventListener
{
    public ValueTask OnEventAsync(RotaEvent happened, CancellationToken stop)
    {
        some.Heard.Add(happened);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Registered by a host itself, as it could be before there were types to name.</summary>
public sealed class Direct : IEventListener
{
    public Heard Heard { get; } = new();

    public ValueTask OnEventAsync(RotaEvent happened, CancellationToken stop)
    {
        Heard.Add(happened);
        return ValueTask.CompletedTask;
    }
}

public sealed class Noting(Heard heard) : IEventListener
{
    public async ValueTask OnEventAsync(RotaEvent happened, CancellationToken stop)
    {
        heard.Add(happened);
        await Task.Delay(heard.Hangs ? Timeout.InfiniteTimeSpan : heard.Takes, stop);
    }
}

public sealed class Throwing : IEventListener
{
    public ValueTask OnEventAsync(RotaEvent happened, CancellationToken stop) =>
        throw new InvalidOperationException("a bug of the listener's");
}
