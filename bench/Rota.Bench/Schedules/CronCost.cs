using System.Diagnostics;
using Rota.Schedules;

namespace Rota.Bench;

/// <summary>What a cron expression costs to read and to compute with.</summary>
/// <param name="NextNs">Nanoseconds until the next occurrence is known.</param>
/// <param name="NextAllocBytes">Bytes that this leaves to the garbage collector.</param>
/// <param name="ParseNs">Nanoseconds to read an expression.</param>
internal sealed record CronCost(double NextNs, double NextAllocBytes, double ParseNs)
{
    private const int Turns = 9, Steps = 200_000;

    private static readonly string[] Expressions =
    [
        "* * * * *", "*/5 * * * *", "0 9 * * 1-5", "30 2 * * *", "0 0 1 * *", "15 10 L * *", "0 12 * * fri#2",
        "0 8-18/2 * * mon-fri", "*/15 * * * * *", "0 0 29 2 *",
    ];

    // What is asked for in practice; the data of a zone's rules ends some decades later.
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), To = From.AddYears(10);

    /// <summary>Of ten expressions in a time zone with changes of the clock, over ten years; each the median of several
    /// turns.</summary>
    public static CronCost Measure()
    {
        var triggers = Expressions
            .Select(text => new CronTrigger(CronExpression.Parse(text), "Europe/Berlin")).ToList();
        var (next, parse) = (new List<double>(), new List<double>());
        var bytes = 0.0;
        for (var turn = -1; turn < Turns; turn++) // the first one warms up
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var nextNs = NextOf(triggers);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Steps;
            var parseNs = ParseOf();
            if (turn < 0)
                continue;
            next.Add(nextNs);
            parse.Add(parseNs);
        }
        return new CronCost(next.Order().ElementAt(Turns / 2), Math.Floor(bytes), parse.Order().ElementAt(Turns / 2));
    }

    private static double NextOf(List<CronTrigger> triggers)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var trigger in triggers)
        {
            var at = From;
            for (var step = 0; step < Steps / Expressions.Length; step++)
                at = trigger.Next(at) is { } next && next < To ? next : From;
        }
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Steps;
    }

    private static double ParseOf()
    {
        var read = 0;
        var start = Stopwatch.GetTimestamp();
        for (var step = 0; step < Steps; step++)
            read += CronExpression.Parse(Expressions[step % Expressions.Length]).UsesSpread ? 0 : 1;
        return read == Steps
            ? Stopwatch.GetElapsedTime(start).TotalNanoseconds / Steps
            : throw new InvalidOperationException("An expression was read wrongly.");
    }
}
