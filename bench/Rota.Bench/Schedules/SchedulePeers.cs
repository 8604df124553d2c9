using System.Diagnostics;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>A scheduler and where it keeps its schedules.</summary>
internal sealed record ScheduleSystem(string Name, Peer Peer, bool IsOnPostgres)
{
    public static readonly IReadOnlyList<ScheduleSystem> All =
    [
        new("rota, SQLite", Peer.Rota, IsOnPostgres: false),
        new("apscheduler, memory", Peer.ApScheduler, IsOnPostgres: false),
        new("quartz, memory", Peer.Quartz, IsOnPostgres: false),
        new("rota, PostgreSQL", Peer.Rota, IsOnPostgres: true),
        new("apscheduler, PostgreSQL", Peer.ApScheduler, IsOnPostgres: true),
        new("quartz, PostgreSQL", Peer.Quartz, IsOnPostgres: true),
    ];
}

/// <summary>The same schedules on Rota and on other schedulers, in turns.</summary>
internal static class SchedulePeers
{
    private const int FullCount = 500, QuickCount = 50, QuickSeconds = 3;

    // What is due first is not measured; and what started so late after the last due time counts as lost.
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2), LateMax = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var count = options.Schedules ?? (options.IsQuick ? QuickCount : FullCount);
        var length = TimeSpan.FromSeconds(options.IsQuick ? QuickSeconds : options.Seconds);
        await PeerSetup.InstallAsync([Peer.Quartz, Peer.ApScheduler]);
        await using var server = await PostgresPeerStore.StartAsync(options.IsQuick);
        var results = ScheduleSystem.All.ToDictionary(system => system, _ => new List<SchedulePeerFigures>());
        var failures = new Dictionary<ScheduleSystem, string>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var turns = round % 2 == 1 ? ScheduleSystem.All : ScheduleSystem.All.Reverse();
            foreach (var system in turns.Where(system => !failures.ContainsKey(system)))
            {
                Progress.Say($"round {round} of {options.Rounds}: {system.Name}");
                try
                {
                    results[system].Add(await MeasureAsync(system, server, count, length, options.Folder));
                }
                catch (PeerException error)
                {
                    failures.Add(system, error.Message);
                    Progress.Say(error.Message);
                }
            }
        }
        var medians = ScheduleSystem.All.Where(system => results[system].Count > 0)
            .Select(system => SchedulePeerFigures.Median(system.Name, results[system])).ToList();
        Console.Out.WriteLine(
            options.IsJson ? BenchJson.Of(new { Schedules = count, Systems = medians, Failures = failures.Values })
            : SchedulePeerFigures.Table(medians));
        return failures.Count == 0 ? 0 : 1;
    }

    private static async Task<SchedulePeerFigures> MeasureAsync(
        ScheduleSystem system, PostgresPeerStore server, int count, TimeSpan length, string parent)
    {
        using var folder = new BenchFolder(parent);
        var address = system.IsOnPostgres ? await server.NewAsync(system.Peer)
            : system.Peer == Peer.Rota ? $"sqlite:{Path.Combine(folder.Path, "rota.db")}" : "memory:";
        await using var driver = await PeerDriver.StartAsync(system.Peer, "schedules", count, address);
        var schedules = new EverySecond
        {
            Count = count,
            Kind = "",
            Anchor = driver.Ready.GetProperty("anchor").GetInt64().ToInstant(),
        };
        var clock = TimeProvider.System;
        var early = schedules.Anchor - clock.GetUtcNow();
        await Task.Delay((early > TimeSpan.Zero ? early : TimeSpan.Zero) + Warm);

        var (own, servers) = (CpuMeter.Start(driver.Id), CpuMeter.Start(server.ProcessId));
        var (from, begun) = (clock.GetUtcNow(), Stopwatch.GetTimestamp());
        await Task.Delay(length);
        var to = clock.GetUtcNow();
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var (cores, serverCores) = (own.Stop().Seconds / seconds, servers.Stop().Seconds / seconds);

        await Task.Delay(LateMax);
        await driver.GoAsync();
        var done = await driver.ExpectAsync("done");
        var runs = done.GetProperty("runs").EnumerateArray().Select(run => new TickRun(
            run[0].GetInt32(), run[1].GetInt64().ToInstant(), run[2].GetInt64().ToInstant()));
        return new SchedulePeerFigures(
            system.Name, TickFigures.Of(schedules, runs, from, to), cores, system.IsOnPostgres ? serverCores : 0);
    }
}

/// <param name="CpuCores">Of its own process.</param>
/// <param name="ServerCores">Of PostgreSQL, where it is used.</param>
internal sealed record SchedulePeerFigures(string System, TickFigures Ticks, double CpuCores, double ServerCores)
{
    private static readonly (string Name, Func<SchedulePeerFigures, double> Value)[] Columns =
    [
        ("start_error_p50_ms", one => one.Ticks.StartErrorP50Ms),
        ("start_error_p99_ms", one => one.Ticks.StartErrorP99Ms),
        ("runs", one => one.Ticks.Runs), ("lost", one => one.Ticks.Lost), ("doubled", one => one.Ticks.Doubled),
        ("cpu_cores", one => one.CpuCores), ("server_cores", one => one.ServerCores),
    ];

    /// <summary>Each figure's own median.</summary>
    public static Dictionary<string, object> Median(string system, List<SchedulePeerFigures> rounds)
    {
        var medians = new Dictionary<string, object> { ["system"] = system };
        foreach (var (name, value) in Columns)
            medians[name] = Math.Round(rounds.Select(value).Order().ElementAt(rounds.Count / 2), 2);
        return medians;
    }

    public static string Table(IEnumerable<Dictionary<string, object>> medians) => string.Join('\n',
    [
        $"\n{"medians",-26}{string.Concat(Columns.Select(column => $"{column.Name,20}"))}",
        .. medians.Select(one =>
            $"{one["system"],-26}{string.Concat(Columns.Select(column => $"{one[column.Name],20:N2}"))}"),
    ]);
}
