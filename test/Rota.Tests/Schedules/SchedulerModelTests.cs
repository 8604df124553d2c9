using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Several schedulers on one store, and a clock that is set forward and back: in any order of steps each due
/// time becomes one row, and one job at most.</summary>
public sealed class SchedulerModelTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Midnight = ScheduleHost.Midnight;

    private static readonly (string Name, RunPolicy Policy)[] Rules =
    [
        ("skip", new RunPolicy { Misfire = Misfire.Skip }),
        ("once", new RunPolicy()),
        ("all", new RunPolicy { Misfire = Misfire.RunAll }),
        ("window", new RunPolicy { Misfire = Misfire.RunAll, CatchUpWindow = TimeSpan.FromMinutes(10) }),
        ("coalesced", new RunPolicy { Coalesce = true }),
        ("limited", new RunPolicy { MaxRunning = 2 }),
        ("in line", new RunPolicy { MaxRunning = 1, WhenFull = WhenFull.Queue }),
        ("newest", new RunPolicy { MaxRunning = 1, WhenFull = WhenFull.CancelOld }),
    ];

    private readonly ScheduleHost _host = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_due_time_is_doubled_or_silently_missed(int seed)
    {
        const int Steps = 120, Nodes = 5;
        var random = new Random(seed);
        var everyMinute = new IntervalTrigger(TimeSpan.FromMinutes(1), Midnight);
        foreach (var (name, policy) in Rules)
            await _host.PutAsync(name.Replace(' ', '-'), everyMinute, policy);
        var latest = Midnight;
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(8))
            {
                case 0: _host.Time.Jump(TimeSpan.FromHours(1)); break;
                case 1: _host.Time.Jump(TimeSpan.FromHours(-1)); break;
                case 2: _host.Time.Jump(TimeSpan.FromSeconds(random.Next(2) == 0 ? 1 : -1)); break;
                case 3: await _host.RestartAsync(); break;
                default: _host.Time.Advance(TimeSpan.FromSeconds(random.Next(90))); break;
            }
            var schedulers = Enumerable.Range(0, Nodes).Select(_ => _host.NewScheduler()).ToList();
            await Task.WhenAll(schedulers.Select(one => Task.Run(() => _host.PassAsync(one))));
            latest = _host.Time.GetUtcNow() > latest ? _host.Time.GetUtcNow() : latest;
        }

        var due = new List<DateTimeOffset>();
        for (var at = Midnight.AddMinutes(1); at <= latest; at = at.AddMinutes(1))
            due.Add(at);
        foreach (var (rule, policy) in Rules)
            await CheckAsync(rule.Replace(' ', '-'), policy, due);
    }

    private async Task CheckAsync(string name, RunPolicy policy, List<DateTimeOffset> due)
    {
        var rows = await AllOccurrencesAsync(name);
        Assert.Equal(due, rows.Select(one => one.DueAt));
        var ran = rows.Where(one => one.Outcome == OccurrenceOutcome.Enqueued).ToList();
        var jobs = (await _host.Get<Rota.Storage.IJobStore>().ListAsync(
            new Rota.Storage.JobFilter { Schedule = name }, null, 1_000, CancellationToken.None)).Select(job => job.Id);
        Assert.Equal(ran.Select(one => one.JobId!.Value).Order(), jobs.Order());
        if (policy.Misfire == Misfire.RunAll && policy.CatchUpWindow is null)
            Assert.Equal(due.Count, ran.Count);
    }

    private async Task<List<Occurrence>> AllOccurrencesAsync(string name)
    {
        const int PageMax = 1_000;
        var all = new List<Occurrence>();
        while (true)
        {
            var page = await _host.Store.OccurrencesAsync(name, all.Count == 0 ? null : all[^1].DueAt, PageMax,
                CancellationToken.None);
            all.AddRange(page);
            if (page.Count < PageMax)
                break;
        }
        all.Reverse();
        return all;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
