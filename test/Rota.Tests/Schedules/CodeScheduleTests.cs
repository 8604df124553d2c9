using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Schedules that a program declares: what the code means, and what becomes of it at the start.</summary>
public sealed class CodeScheduleTests
{
    private const string Owner = "code:shop";
    private const int DeclaredLine = 3020, UndeclaredLine = 3021, ElsewhereLine = 3022;
    private static readonly CancellationToken Stop = CancellationToken.None;

    private readonly LogLines _log = new();

    [Job("code.once"), Every("15m")]
    private sealed record Sync(int Size = 3);

    [Job("code.twice"), Cron("0 9 * * mon", Name = "monday", Zone = "Europe/Berlin")]
    [Cron("0 0 9 ? * 6", Name = "friday", Dialect = "quartz")]
    [Every("1d", Name = "daily", Anchor = "2026-01-01T06:00:00Z")]
    private sealed record Report;

    [Job("code.unnamed"), Every("1h"), Every("2h", Name = "named")]
    private sealed record Unnamed;

    [Job("code.needs"), Every("1h")]
    private sealed record Needs(int? Days, string Customer);

    [Job("code.wrong"), Cron("61 * * * *")]
    private sealed record Wrong;

    [Job("code.plain")]
    private sealed record Plain(int Days);

    private sealed class Handler<TArgs> : IJobHandler<TArgs>
    {
        public Task<JobResult> RunAsync(TArgs args, JobContext job, CancellationToken stop) =>
            Task.FromResult(JobResult.Complete);
    }

    [Every("1h")]
    private sealed class MarkedHandler : IJobHandler<Plain>
    {
        public Task<JobResult> RunAsync(Plain args, JobContext job, CancellationToken stop) =>
            Task.FromResult(JobResult.Complete);
    }

    private static List<ScheduleDefinition> Declared(Action<RotaBuilder> build)
    {
        var builder = new RotaBuilder(new ServiceCollection());
        build(builder);
        return [.. builder.Services.Select(service => service.ImplementationInstance).OfType<ScheduleDefinition>()];
    }

    private Task<TestHost> StartAsync(Action<RotaBuilder>? build, Action<RotaOptions>? configure = null,
        TestHost? before = null)
    {
        return before is null
            ? TestHost.StartAsync((_, _, _) => Task.FromResult(JobResult.Complete), Configure, Build)
            : before.RestartAsync((_, _, _) => Task.FromResult(JobResult.Complete), Configure, Build);

        void Configure(RotaOptions options)
        {
            options.Name = "shop";
            configure?.Invoke(options);
        }

        void Build(RotaBuilder builder)
        {
            builder.Services.AddLogging(logging => logging.AddProvider(_log));
            build?.Invoke(builder);
        }
    }

    private static void Hourly(RotaBuilder builder) =>
        builder.AddSchedule("a", schedule => schedule.Every(TimeSpan.FromHours(1)).Enqueue(new Plain(1)));

    private static Task<Schedule> GetAsync(TestHost host, string name) =>
        host.Get<ScheduleOperations>().GetAsync(name, Stop);

    [Fact]
    public void An_attribute_is_a_schedule_of_its_kind_with_empty_arguments()
    {
        var sync = Assert.Single(Declared(rota => rota.AddHandler<Handler<Sync>>()));

        Assert.Equal(("code.once", "code.once"), (sync.Name, sync.Kind));
        Assert.Equal(new IntervalTrigger(TimeSpan.FromMinutes(15), DateTimeOffset.UnixEpoch), sync.Trigger);
        Assert.Equal("{}", Encoding.UTF8.GetString(sync.Args.Span));
    }

    [Fact]
    public void Several_attributes_are_schedules_by_their_names()
    {
        var triggers = Declared(rota => rota.AddHandler<Handler<Report>>())
            .ToDictionary(one => one.Name, one => TriggerJson.Write(one.Trigger));

        Assert.Equal("""{"cron":"0 9 * * mon","zone":"Europe/Berlin"}""", triggers["monday"]);
        Assert.Equal("""{"cron":"0 0 9 ? * 6","zone":"UTC","dialect":"quartz"}""", triggers["friday"]);
        Assert.Equal("""{"every":"1d","anchor":"2026-01-01T06:00:00Z"}""", triggers["daily"]);
    }

    public static TheoryData<Action<RotaBuilder>, string> Mistakes => new()
    {
        { rota => rota.AddHandler<Handler<Unnamed>>(), "Unnamed has 2 schedules: give each a Name" },
        { rota => rota.AddHandler<Handler<Needs>>(), "Needs enqueues {}, and 'customer' has no default" },
        { rota => rota.AddHandler<Handler<Wrong>>(), "Wrong is wrong: The minute 61" },
        { rota => rota.AddHandler<MarkedHandler>(), "MarkedHandler carries a schedule: it belongs on the arguments" },
        { rota => rota.AddSchedule("a", schedule => schedule.Enqueue(new Plain(1))), "'a' is never due" },
        { rota => rota.AddSchedule("a", schedule => schedule.Cron("@daily")), "'a' enqueues nothing" },
        { rota => rota.AddSchedule("a", schedule => schedule.Cron("@daily").Cron("@hourly")), "'a' has two triggers" },
        { rota => rota.AddSchedule("a", schedule => schedule.Enqueue("text")), "carries no [Job(\"some.kind\")]" },
        { rota => rota.AddSchedule("no spaces", _ => { }), "name 'no spaces' has ' ' at 3" },
        { rota => { Hourly(rota); Hourly(rota); }, "There are two schedules 'a'" },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void A_mistake_in_code_is_told_when_it_is_added(Action<RotaBuilder> build, string says) =>
        Assert.Contains(says, Assert.ThrowsAny<Exception>(() => Declared(build)).Message);

    [Fact]
    public void A_builder_writes_all_of_a_schedule()
    {
        var one = Assert.Single(Declared(rota => rota.AddSchedule("a", schedule => schedule
            .Calendar(1, CalendarUnit.Months, new DateOnly(2026, 1, 31), new TimeOnly(8, 0), "Europe/Berlin")
            .Enqueue(new Plain(2), new JobOptions { Queue = "mail" })
            .Policy(new RunPolicy { Misfire = Misfire.Skip })
            .MaxRunning(1, WhenFull.Queue)
            .StartPaused())));

        Assert.Equal("Every month at 08:00:00 from 2026-01-31 on (Europe/Berlin)", one.Trigger.Describe());
        Assert.Equal(("code.plain", """{"days":2}""", "mail", true),
            (one.Kind, Encoding.UTF8.GetString(one.Args.Span), one.Options!.Queue, one.StartsPaused));
        Assert.Equal(new RunPolicy { Misfire = Misfire.Skip, MaxRunning = 1, WhenFull = WhenFull.Queue }, one.Policy);
    }

    [Fact]
    public void Any_trigger_and_any_kind_can_be_declared()
    {
        var at = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var many = Declared(rota => rota
            .AddSchedule("once", schedule => schedule.Once(at).Enqueue("other.kind", JsonElement.Parse("[1]")))
            .AddSchedule("any", schedule => schedule.Enqueue(new Plain(1))
                .On(new AnyTrigger([new OnceTrigger(at), new OnceTrigger(at.AddDays(1))]))));

        Assert.Equal((new OnceTrigger(at), "other.kind", "[1]"),
            (many[0].Trigger, many[0].Kind, Encoding.UTF8.GetString(many[0].Args.Span)));
        Assert.IsType<AnyTrigger>(many[1].Trigger);
    }

    [Fact]
    public async Task A_start_makes_them_and_a_restart_writes_nothing()
    {
        var first = await StartAsync(Hourly);
        var made = await GetAsync(first, "a");
        await using var again = await StartAsync(Hourly, before: first);
        var version = Assert.Single(await again.Get<ScheduleOperations>().VersionsAsync("a", 9, Stop));

        Assert.Equal((Owner, Owner, ScheduleChange.Made), (made.Owner, version.Actor, version.Change));
        Assert.Equal(made.UpdatedAt, (await GetAsync(again, "a")).UpdatedAt);
        Assert.Single(_log.Of(DeclaredLine));
    }

    [Fact]
    public async Task Another_declaration_changes_it_and_a_pause_stays()
    {
        var first = await StartAsync(rota => rota.AddSchedule("a",
            schedule => schedule.Cron("@daily").Enqueue(new Plain(1)).StartPaused()));
        Assert.True((await GetAsync(first, "a")).IsPaused);
        await first.Get<ScheduleOperations>().ResumeAsync("a", "ann", Stop);
        await using var again = await StartAsync(rota => rota.AddSchedule("a",
            schedule => schedule.Cron("@hourly").Enqueue(new Plain(1)).StartPaused()), before: first);

        var changed = await GetAsync(again, "a");
        Assert.Equal(("@hourly", false),
            (Assert.IsType<CronTrigger>(changed.Trigger).Cron.ToString(), changed.IsPaused));
    }

    [Fact]
    public async Task An_edit_elsewhere_is_refused_and_says_where_it_is_defined()
    {
        await using var host = await StartAsync(Hourly);
        var edit = new ScheduleDefinition
        {
            Name = "a",
            Kind = "x",
            Trigger = new CronTrigger(CronExpression.Parse("@daily"), "UTC"),
        };

        var error = await Assert.ThrowsAsync<ConflictException>(
            () => host.Get<ScheduleOperations>().PutAsync(edit, "ann", Stop));
        Assert.Equal(("schedule.owned", $"The schedule 'a' is defined in {Owner}."), (error.Code, error.Message));
        Assert.True((await host.Get<ScheduleOperations>().PauseAsync("a", "ann", Stop)).IsPaused);
    }

    [Fact]
    public async Task What_is_declared_no_more_is_kept_with_a_warning_or_removed()
    {
        var first = await StartAsync(Hourly);
        var second = await StartAsync(build: null, before: first);
        Assert.Equal("a", (await GetAsync(second, "a")).Name);
        Assert.StartsWith($"Schedule a of {Owner} is declared no more", Assert.Single(_log.Of(UndeclaredLine)));

        await using var third = await StartAsync(
            build: null, options => options.RemovesUndeclaredSchedules = true, before: second);
        await Assert.ThrowsAsync<NotFoundException>(() => GetAsync(third, "a"));
        Assert.Contains("Schedule a of code:shop: Remove", _log.Of(DeclaredLine));
    }

    [Fact]
    public async Task One_that_is_defined_elsewhere_stays_and_stops_no_start()
    {
        var first = await StartAsync(build: null);
        var other = new ScheduleDefinition
        {
            Name = "a",
            Kind = "x",
            Trigger = new IntervalTrigger(TimeSpan.FromDays(1), DateTimeOffset.UnixEpoch),
            Owner = "file:b.yaml",
        };
        await first.Get<ScheduleOperations>().PutAsync(other, "ann", Stop);
        await using var again = await StartAsync(Hourly, before: first);

        Assert.Equal(("x", "file:b.yaml"), ((await GetAsync(again, "a")).Kind, (await GetAsync(again, "a")).Owner));
        Assert.Contains("defined in file:b.yaml", Assert.Single(_log.Of(ElsewhereLine)));
    }

    [Fact]
    public async Task A_wrong_declaration_stops_the_start_and_names_the_schedule()
    {
        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => StartAsync(rota => rota.AddSchedule("a",
            schedule => schedule.Cron("@daily").Enqueue(new Plain(1), new JobOptions { Priority = 99 }))));

        Assert.Equal("schedules.a.options.priority", error.Field);
        Assert.StartsWith("Schedule a: ", error.Message);
    }

    [Fact]
    public async Task Nodes_that_start_at_once_make_each_schedule_once()
    {
        await using var host = await StartAsync(build: null);
        var declared = Declared(rota =>
        {
            foreach (var name in (string[])["a", "b", "c", "d"])
                rota.AddSchedule(name, schedule => schedule.Cron("@daily").Enqueue(new Plain(1)).StartPaused());
        });
        IHostedService NewNode() => ActivatorUtilities.CreateInstance<CodeSchedules>(
            host.Services, (IEnumerable<ScheduleDefinition>)declared);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => NewNode().StartAsync(Stop))));

        Assert.Equal(["a 1", "b 1", "c 1", "d 1"],
            (await host.Get<ScheduleOperations>().ListAsync(null, null, 10, Stop))
                .Select(one => $"{one.Name} {one.Version}"));
    }
}
