using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Rota.Schedules;

namespace Rota.Bench;

/// <summary>What schedules that are due every second came to.</summary>
/// <param name="AddPerSecond">Schedules made a second.</param>
/// <param name="CpuCores">Of this process: scheduler, worker and handlers.</param>
/// <param name="ServerCores">Of everything else on the machine, which is PostgreSQL where there is one.</param>
internal sealed record ScheduleFigures(int Schedules, double Seconds, double AddPerSecond, long Runs,
    double StartErrorP50Ms, double StartErrorP99Ms, int Lost, int Doubled, double CpuCores, double ServerCores);

/// <summary>Schedules that are each due every second, at moments of their own, and what runs of them.</summary>
internal static class ScheduleLoad
{
    private const int AtOnce = 64;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(60);

    public static async Task<ScheduleFigures> RunAsync(BenchStores stores, int count, TimeSpan length)
    {
        await using var store = await stores.NewAsync();
        await using var host = await BenchHost.StartAsync(store, works: true, add: rota =>
        {
            rota.Services.AddSingleton<Ticks>();
            rota.AddHandler<TickHandler>();
        });
        var schedules = host.Get<ScheduleOperations>();
        Progress.Say($"  making {count:N0} schedules");
        var start = Stopwatch.GetTimestamp();
        var anchor = host.Get<TimeProvider>().GetUtcNow() + Warm;
        for (var number = 0; number < count; number += AtOnce)
        {
            await Task.WhenAll(Enumerable.Range(number, Math.Min(AtOnce, count - number))
                .Select(one => schedules.PutAsync(Every(one, count, anchor), "bench", CancellationToken.None)));
        }
        var added = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Task.Delay(Warm);
        return await MeasureAsync(host, count, anchor, length) with { AddPerSecond = added };
    }

    private static async Task<ScheduleFigures> MeasureAsync(
        BenchHost host, int count, DateTimeOffset anchor, TimeSpan length)
    {
        var clock = host.Get<TimeProvider>();
        var ticks = host.Get<Ticks>();
        var cpu = CpuMeter.Start(Environment.ProcessId);
        var own = Environment.CpuUsage.TotalTime;
        var (from, begun) = (clock.GetUtcNow(), Stopwatch.GetTimestamp());
        Progress.Say($"  running for {length.TotalSeconds:N0} s");
        await Task.Delay(length);
        var to = clock.GetUtcNow();
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var cores = (Environment.CpuUsage.TotalTime - own).TotalSeconds / seconds;
        var (tree, others) = cpu.Stop(); // a server of the run's own is of this process' tree

        var (lost, doubled) = await SettleAsync(ticks, count, anchor, from, to);
        var errors = ticks.ErrorsMs(from, to);
        return new ScheduleFigures(count, seconds, 0, errors.Count, At(errors, 0.5), At(errors, 0.99),
            lost, doubled, cores, tree / seconds - cores + others);
    }

    /// <summary>What is due by now may still be on its way.</summary>
    private static async Task<(int Lost, int Doubled)> SettleAsync(
        Ticks ticks, int count, DateTimeOffset anchor, DateTimeOffset from, DateTimeOffset to)
    {
        for (var begun = Stopwatch.GetTimestamp(); ; await Task.Delay(TimeSpan.FromSeconds(1)))
        {
            var found = Enumerable.Range(0, count)
                .Select(number => ticks.Check(Name(number), Due(number, count, anchor, from, to))).ToList();
            var (lost, doubled) = (found.Sum(one => one.Lost), found.Sum(one => one.Doubled));
            if (lost == 0 || Stopwatch.GetElapsedTime(begun) > Patience)
                return (lost, doubled);
        }
    }

    private static IEnumerable<DateTimeOffset> Due(
        int number, int count, DateTimeOffset anchor, DateTimeOffset from, DateTimeOffset to)
    {
        var trigger = Every(number, count, anchor).Trigger;
        for (var at = trigger.Next(from); at <= to; at = trigger.Next(at.Value))
            yield return at.Value;
    }

    // Their moments are spread over the second, in whole microseconds.
    private static ScheduleDefinition Every(int number, int count, DateTimeOffset anchor) => new()
    {
        Name = Name(number),
        Trigger = new IntervalTrigger(TimeSpan.FromSeconds(1),
            new DateTimeOffset(anchor.UtcTicks / 10 * 10, TimeSpan.Zero).AddMicroseconds(1_000_000L * number / count)),
        Kind = "bench.tick",
    };

    private static string Name(int number) => $"tick-{number:000000}";

    private static double At(List<double> sorted, double rank) =>
        sorted.Count == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Count - 1, rank * sorted.Count)];
}
