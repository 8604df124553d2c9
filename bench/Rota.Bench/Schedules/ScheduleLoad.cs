using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Rota.Schedules;

namespace Rota.Bench;

/// <summary>What schedules that are due every second came to.</summary>
/// <param name="Stored">Others beside them that are not due for long.</param>
/// <param name="AddPerSecond">Schedules made a second.</param>
/// <param name="CpuCores">Of this process: scheduler, worker and handlers.</param>
/// <param name="ServerCores">Of everything else on the machine, which is PostgreSQL where there is one.</param>
internal sealed record ScheduleFigures(int Schedules, int Stored, double Seconds, double AddPerSecond,
    TickFigures Ticks, double CpuCores, double ServerCores);

/// <summary>Schedules that are each due every second, at moments of their own, and what runs of them.</summary>
internal static class ScheduleLoad
{
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(60);

    // Of one schedule: none is due before all are there, or the start of the measured part would still catch up.
    private static readonly TimeSpan Making = TimeSpan.FromMilliseconds(2);

    /// <param name="stored">So many others are there that are not due for long.</param>
    public static async Task<ScheduleFigures> RunAsync(BenchStores stores, int count, TimeSpan length, int stored = 0)
    {
        await using var store = await stores.NewAsync();
        if (stored > 0)
            await FarSchedules.AddAsync(store, stored);
        await using var host = await BenchHost.StartAsync(store, works: true, add: rota =>
        {
            rota.Services.AddSingleton<Ticks>();
            rota.AddHandler<TickHandler>();
        });
        Progress.Say($"  making {count:N0} schedules");
        var start = Stopwatch.GetTimestamp();
        var schedules = new EverySecond
        {
            Count = count,
            Kind = "bench.tick",
            Anchor = host.Get<TimeProvider>().GetUtcNow() + count * Making,
        };
        await schedules.PutAsync(host.Get<ScheduleOperations>());
        var added = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var early = schedules.Anchor + Warm - host.Get<TimeProvider>().GetUtcNow();
        await Task.Delay(early > Warm ? early : Warm);
        return await MeasureAsync(host, schedules, length) with { Stored = stored, AddPerSecond = added };
    }

    private static async Task<ScheduleFigures> MeasureAsync(BenchHost host, EverySecond schedules, TimeSpan length)
    {
        var clock = host.Get<TimeProvider>();
        var cpu = CpuMeter.Start(Environment.ProcessId);
        var own = Environment.CpuUsage.TotalTime;
        var (from, begun) = (clock.GetUtcNow(), Stopwatch.GetTimestamp());
        Progress.Say($"  running for {length.TotalSeconds:N0} s");
        await Task.Delay(length);
        var to = clock.GetUtcNow();
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var cores = (Environment.CpuUsage.TotalTime - own).TotalSeconds / seconds;
        var (tree, others) = cpu.Stop(); // a server of the run's own is of this process' tree

        var ticks = await SettleAsync(host.Get<Ticks>(), schedules, from, to);
        return new ScheduleFigures(schedules.Count, 0, seconds, 0, ticks, cores, tree / seconds - cores + others);
    }

    /// <summary>What is due by now may still be on its way.</summary>
    private static async Task<TickFigures> SettleAsync(
        Ticks ticks, EverySecond schedules, DateTimeOffset from, DateTimeOffset to)
    {
        for (var begun = Stopwatch.GetTimestamp(); ; await Task.Delay(TimeSpan.FromSeconds(1)))
        {
            var figures = TickFigures.Of(schedules, ticks.All(), from, to);
            if (figures.Lost == 0 || Stopwatch.GetElapsedTime(begun) > Patience)
                return figures;
        }
    }
}
