using Rota.Schedules;

namespace Rota.Bench;

/// <summary>Schedules that are each due every second, at moments that are spread over it.</summary>
internal sealed record EverySecond
{
    private const string Prefix = "tick-";
    private const int AtOnce = 64;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public required int Count { get; init; }

    public required string Kind { get; init; }

    /// <summary>When the first one is due first. In whole microseconds, which are what stores keep.</summary>
    public required DateTimeOffset Anchor
    {
        get;
        init => field = new DateTimeOffset(
            value.UtcTicks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    /// <summary>By number. Default: that of every new schedule.</summary>
    public Func<int, RunPolicy> Policy { get; init; } = _ => new RunPolicy();

    public static string Name(int number) => $"{Prefix}{number:000000}";

    public static int Number(string name) => int.Parse(name.AsSpan(Prefix.Length));

    /// <summary>When a schedule is due first.</summary>
    public DateTimeOffset First(int number) => Anchor.AddMicroseconds(1_000_000L * number / Count);

    /// <summary>When it is due up to an instant: counted here, without asking its trigger.</summary>
    public IEnumerable<DateTimeOffset> Due(int number, DateTimeOffset to)
    {
        for (var at = First(number); at <= to; at += Second)
            yield return at;
    }

    public async Task PutAsync(ScheduleOperations schedules)
    {
        foreach (var some in Enumerable.Range(0, Count).Chunk(AtOnce))
        {
            await Task.WhenAll(some.Select(one => schedules.PutAsync(new ScheduleDefinition
            {
                Name = Name(one),
                Trigger = new IntervalTrigger(Second, First(one)),
                Kind = Kind,
                Policy = Policy(one),
            }, "bench", CancellationToken.None)));
        }
    }
}
